import { connect } from 'node:net';
import type { PlatformName } from '../support/platforms.js';
import { CONNECTIONS, inParallel } from './load.js';
import { type Mutant, mutate } from './mutations.js';
import type { Outcome } from './outcome.js';
import { seededRandom } from './seeded-random.js';
import { onStage } from './stage.js';

export interface FuzzScale {
  platform: PlatformName;
  requests: number;
  seed: number;
  heapLimitMb: number;
}

/** Uploads whose callbacks are mutated; each is there, and would be taken as it is. */
const CALLBACKS = 64;
/** Requests after which the process has loaded and cached what it needs. */
const WARM_UP = 2_000;

/** Mutated requests: none is accepted, none is an error of the app, and nothing of them stays in memory. */
export function fuzz(
  databaseUrl: string,
  { platform, requests, seed, heapLimitMb }: FuzzScale,
): Promise<Outcome> {
  return onStage({ databaseUrl }, async (stage) => {
    const { findings, load, oss, records } = stage;
    const app = await stage.startApp({ platform, handlers: 'effects' });
    const uploads = await stage.land(CALLBACKS);
    const notRefused: string[] = [];
    const send = async (count: number, seed: number) => {
      const random = seededRandom(seed);
      await inParallel(Array.from({ length: count }), CONNECTIONS, async (_, index) => {
        const { callback } = uploads[index % CALLBACKS]!;
        const { callback: other } = uploads[(index + 1) % CALLBACKS]!;
        const mutant = mutate(index, { random, oss, callback, other });
        const status = await sendBytes(app.url, mutant);
        findings.count(status === 0 ? 'closed without an answer' : `answered ${status}`);
        const isRefused = status >= 400 && status < 500;
        if (!isRefused && !(status === 0 && mutant.isBroken)) {
          notRefused.push(`seed ${seed}, request ${index}: ${status} (${mutant.kind})`);
        }
      });
    };
    await send(Math.min(WARM_UP, requests), seed + 1);
    const before = await app.heap();
    await send(requests, seed);
    const after = await app.heap();
    findings.none(notRefused, 'not refused');
    findings.set('mutated requests', requests + Math.min(WARM_UP, requests));
    findings.growth(before, after, heapLimitMb);
    findings.equal(Object.keys(await records.statuses()).length, 0, 'rows of mutated requests');

    // The same uploads, as they are: so it was the mutations that were refused.
    await inParallel(uploads, CONNECTIONS, async ({ callback }) => {
      const { status, text } = await load.send(app.url, callback);
      if (status !== 200) findings.none([`${status} ${text}`], 'genuine callback refused');
    });
    findings.set(
      'genuine callbacks taken',
      Object.values(await records.statuses()).reduce((a, b) => a + b, 0),
    );
  });
}

/** @returns the status; 0 where the connection was closed without a response */
function sendBytes(appUrl: string, { bytes, isBroken }: Mutant): Promise<number> {
  const { hostname, port } = new URL(appUrl);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      // A client that sent half a request leaves after a while.
      if (isBroken) socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)));
  });
}
