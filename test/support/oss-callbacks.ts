import { createPrivateKey } from 'node:crypto';
import { decodeCallback, OssUploadService, type UploadRequest } from '../../src/index.js';
import {
  OSS_CALLBACK_OPTIONS,
  type ResolvedOssCallbackOptions,
} from '../../src/options/resolved.js';
import { renderCallbackBody } from '../../src/protocol/callback/callback-rendering.js';
import { buildCallbackRequest, createTestKeyPair } from '../../src/testing/index.js';
import { TicketStore } from '../../src/recording/ticket-store.js';
import { CallbackTargets } from '../../src/routes/callback-targets.js';
import { audienceOf, UploadTickets } from '../../src/ticket/upload-tickets.js';
import { type RawResponse, sendRaw } from './raw-http.js';
import type { TestApp } from './test-app.js';

/** Signs callbacks in place of OSS, for apps whose option `localOss` is {@link localOssOf} of theirs. */
export const keyPair = createTestKeyPair();
const privateKey = createPrivateKey(keyPair.privateKey);

export const CALLBACK_PATH = '/oss/callback';

/** Put in place of the test app's own: callbacks of {@link keyPair} are then genuine. */
export function localOssOf(oss: { url: string }) {
  return { url: oss.url, publicKey: keyPair.publicKey };
}

let uploads = 0;

export interface BodyRequest extends Partial<UploadRequest> {
  /** Path with query that OSS is told to call. Default: as the app's options and routes have it. */
  target?: string;
}

/** The body that OSS would send for an upload that the app authorised, and its upload id. */
export async function authoriseBody(
  world: TestApp,
  facts: Readonly<Record<string, string>> = {},
  { target, ...request }: BodyRequest = {},
): Promise<{ uploadId: string; object: string; body: string }> {
  const service = target === undefined ? world.uploads : uploadsReportedTo(world, target);
  const object = `texts/${(uploads += 1)}.txt`;
  const { url, uploadId } = await service.authorizePutObject({ object, ...request });
  const query = new URL(url).searchParams;
  const decoded = decodeCallback(query.get('callback')!, query.get('callback-var') ?? undefined);
  if (!decoded.ok) throw new Error(decoded.message);
  const { body, bodyType = 'application/x-www-form-urlencoded' } = decoded.parameter;
  const values = new Map(
    Object.entries({
      bucket: 'uploads',
      object,
      etag: '5D41402ABC4B2A76B9719D911017C592',
      size: '5',
      mimeType: 'text/plain',
      ...facts,
    }).map(([name, value]) => [name, name === 'size' ? Number(value) : value]),
  );
  return { uploadId, object, body: renderCallbackBody(body, bodyType, values) };
}

/** As the app's own service where the option `callback.url` named this path. */
function uploadsReportedTo({ app, audit, dataSource, url }: TestApp, target: string) {
  const options = app.get<ResolvedOssCallbackOptions>(OSS_CALLBACK_OPTIONS);
  const tickets = new UploadTickets(options.tickets.secrets, audienceOf(options));
  const targets = new CallbackTargets(() => ({
    byName: new Map(),
    byDefault: [{ url: `${url}${target}` }],
  }));
  targets.start();
  const ticketStore = new TicketStore(dataSource);
  return new OssUploadService({ options, tickets, ticketStore, targets }, audit);
}

export interface CallbackToSend {
  body: string | Uint8Array;
  target?: string;
  contentType?: string;
  /** Laid over the headers that OSS sends; `undefined` leaves one out. */
  headers?: Readonly<Record<string, string | undefined>>;
}

export function callbackHeaders(world: TestApp, callback: CallbackToSend): Record<string, string> {
  const { headers } = buildCallbackRequest({
    url: callback.target ?? CALLBACK_PATH,
    body: callback.body,
    contentType: callback.contentType,
    privateKey,
    localOssUrl: world.oss.url,
  });
  const merged = { ...headers, ...callback.headers };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Sends a callback as OSS does, signed unless the headers say otherwise. */
export function sendCallback(world: TestApp, callback: CallbackToSend): Promise<RawResponse> {
  return sendRaw(world.url, {
    target: callback.target ?? CALLBACK_PATH,
    headers: callbackHeaders(world, callback),
    body: callback.body,
  });
}
