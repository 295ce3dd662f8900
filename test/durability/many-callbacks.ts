import type { OssSimulator } from '../../src/simulator/index.js';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';
import { createUploadId } from '../../src/ticket/upload-id.js';
import { audienceOf, UploadTickets } from '../../src/ticket/upload-tickets.js';
import { HANDLED_PREFIX } from '../soak/app-handlers.js';
import type { PlatformName } from '../support/platforms.js';
import { BUCKET, CALLBACK_PATH, optionsFor, signBody } from './front.js';
import { inParallel } from './load.js';
import type { Outcome } from './outcome.js';
import { onStage } from './stage.js';

export interface ManyCallbacksScale {
  platform: PlatformName;
  callbacks: number;
  connections: number;
  /** Heaps are compared after so many and at the end. */
  firstCallbacks: number;
  heapLimitMb: number;
}

/** One of so many uploads has a handler. */
const HANDLED = 10;
const DAY_MS = 86_400_000;

/** A great many callbacks in one process: what they need is given back. */
export function sendMany(databaseUrl: string, scale: ManyCallbacksScale): Promise<Outcome> {
  const { platform, callbacks, firstCallbacks, connections, heapLimitMb } = scale;
  return onStage({ databaseUrl, connections }, async (stage) => {
    const { findings, load, oss, records } = stage;
    const app = await stage.startApp({ platform, handlers: 'some' });
    const land = createLanding(oss);
    const send = (first: number, count: number) =>
      inParallel(Array.from({ length: count }), connections, async (_, index) => {
        const prefix = (first + index) % HANDLED === 0 ? HANDLED_PREFIX : 'plain/';
        const { object, callback } = await land(prefix);
        const { status, text } = await load.send(app.url, callback);
        await oss.objects.delete(BUCKET, object);
        findings.count(`answered ${status}`);
        if (status !== 200) findings.none([`${status} ${text}`], 'not answered 200');
      });
    const startedAt = performance.now();
    await send(0, firstCallbacks);
    const before = await app.heap();
    await send(firstCallbacks, callbacks - firstCallbacks);
    const after = await app.heap();
    const seconds = (performance.now() - startedAt) / 1_000;
    findings.set('callbacks', callbacks);
    findings.set('callbacks per second', callbacks / seconds);
    findings.growth(before, after, heapLimitMb);
    await stage.checkCompleted(callbacks);
    const [effects] = await records.query<{ count: number }>(
      'SELECT count(DISTINCT upload_id)::int count FROM effects',
    );
    findings.equal(effects!.count, Math.ceil(callbacks / HANDLED), 'effects');
  });
}

/** Stores objects with tickets as the app issues them. Their rows are left out: a callback needs none. */
function createLanding(oss: OssSimulator) {
  const options = resolveOssCallbackOptions(optionsFor(oss));
  const tickets = new UploadTickets(options.tickets.secrets, audienceOf(options));
  return async (objectPrefix: string) => {
    const uploadId = createUploadId(Date.now());
    const object = `${objectPrefix}${uploadId}`;
    const { etag, size, crc64, mimeType } = await oss.objects.put({
      bucket: BUCKET,
      object,
      body: 'hello',
      mimeType: 'text/plain',
      metadata: { 'upload-id': uploadId },
    });
    const acceptUntil = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + DAY_MS);
    const terms = {
      uploadId,
      minSizeBytes: 0,
      contentTypes: [],
      options: { digests: {}, anyMetadata: false },
      acceptUntil,
      uploadIdPinned: true,
    };
    const ticket = tickets.issue(terms, { bucket: BUCKET, object, variables: {} }, [
      { path: CALLBACK_PATH },
    ]);
    const facts = { bucket: BUCKET, object, etag, size: String(size), mimeType, crc64 };
    const pairs = Object.entries({ ...facts, 'x:ticket': ticket! });
    const body = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    return { object, callback: signBody(oss, body) };
  };
}
