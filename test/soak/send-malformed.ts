import { connect } from 'node:net';
import { seededRandom } from '../durability/seeded-random.js';
import { malformedRequest } from './malformed-requests.js';

/** A request that is not answered and whose connection is not closed within this time hangs. */
const HANGING_MS = 10_000;
const AT_ONCE = 8;

export interface MalformedResult {
  sent: Record<string, number>;
  /** Kinds of requests that hung. */
  hanging: string[];
}

/** Sends so many malformed requests, some at once, and waits until each connection has ended. */
export async function sendMalformed(
  url: string,
  { count, seed }: { count: number; seed: number },
): Promise<MalformedResult> {
  const random = seededRandom(seed);
  const result: MalformedResult = { sent: {}, hanging: [] };
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const { kind, bytes } = malformedRequest(random);
      result.sent[kind] = (result.sent[kind] ?? 0) + 1;
      if (!(await ends(url, bytes, random() < 0.5))) result.hanging.push(kind);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return result;
}

/** @param isCut whether the client stops sending at once; else it does so when an answer begins or none comes */
function ends(url: string, bytes: Buffer, isCut: boolean): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const hanging = setTimeout(() => {
      resolve(false);
      socket.destroy();
    }, HANGING_MS);
    // What is not whole would be waited for; a client that goes away ends it.
    const giveUp = setTimeout(() => socket.end(), 50);
    socket.on('data', () => socket.end());
    socket.on('error', () => undefined); // a reset is an answer as well
    socket.on('close', () => {
      clearTimeout(hanging);
      clearTimeout(giveUp);
      resolve(true);
    });
    socket.write(bytes);
    if (isCut) socket.end();
  });
}
