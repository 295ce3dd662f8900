import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { answerBody, FIXED_ANSWER } from '../../bench/callbacks/answers.js';
import { type LoadOrder, runLoad } from '../../bench/callbacks/load/run-load.js';
import { signRequests } from '../../bench/callbacks/load/signed-requests.js';
import type { World } from '../../bench/callbacks/world.js';
import { verifyCallbackSignature } from '../../src/index.js';
import { parseCallbackBody } from '../../src/protocol/callback/callback-body.js';
import { createTestKeyPair } from '../../src/testing/index.js';

const keyPair = createTestKeyPair();
const world: World = {
  ...keyPair,
  databaseUrl: 'postgres://unused',
  keyHostUrl: 'http://127.0.0.1:9100',
  ossUrl: 'http://127.0.0.1:9100',
  firstUploadAt: Date.now(),
};
const requests = signRequests(world, 40);

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

async function serve(answer: Answer): Promise<number> {
  server = createServer((request, response) => {
    void buffer(request).then((body) => answer(request, response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends earlier where all uploads were reported, or an answer is wrong. */
function load(
  port: number,
  keepAlive: boolean,
  answer: 'upload' | 'fixed',
  {
    warmUpMs = 0,
    durationMs = 10_000,
    uploads = requests.length,
  }: Partial<Pick<LoadOrder, 'warmUpMs' | 'durationMs' | 'uploads'>> = {},
) {
  const processes = { app: process.pid, database: process.pid };
  const order = { port, keepAlive, answer, processes, connections: 4 };
  return runLoad(requests, { ...order, warmUpMs, durationMs, uploads });
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/** The upload id, as the object's name has it. */
function uploadIdIn(body: Buffer): string {
  const parsed = parseCallbackBody(body);
  const object = (parsed.ok && parsed.values.get('object')) || '';
  return /([0-9a-f-]{36})\.jpg$/.exec(object)?.[1] ?? '';
}

const kinds = [
  ['keep-alive', true],
  ['close', false],
] as const;

describe.each(kinds)('connections: %s', (connection, keepAlive) => {
  it('each request is another upload, signed, and counted when answered', async () => {
    const uploadIds: string[] = [];
    const port = await serve((request, response, body) => {
      const { authorization = '' } = request.headers;
      const { publicKey } = keyPair;
      const signed = verifyCallbackSignature({ url: request.url!, body, authorization, publicKey });
      if (request.headers.connection !== connection) return sendJson(response, 400, '{}');
      uploadIds.push(uploadIdIn(body));
      sendJson(response, signed ? 200 : 400, answerBody(uploadIds.at(-1)!));
    });
    const { answered, perSecond, p99Ms, usage } = await load(port, keepAlive, 'upload');
    expect(answered).toBe(requests.length);
    expect(new Set(uploadIds).size).toBe(requests.length);
    expect(perSecond).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThan(0);
    expect(usage.generatorShare).toBeGreaterThan(0);
  });

  it.each([
    ['many', 30],
    ['hardly more than connections', 5],
  ])(
    'a contender is measured also where it is too fast for all uploads: %s',
    async (_, uploads) => {
      let answers = 0;
      const port = await serve((_request, response, body) => {
        answers += 1;
        sendJson(response, 200, answerBody(uploadIdIn(body)));
      });
      const { answered, perSecond } = await load(port, keepAlive, 'upload', {
        warmUpMs: 10_000,
        uploads,
      });
      expect([answered, answers]).toEqual([uploads, uploads]);
      expect(perSecond).toBeGreaterThan(0);
    },
  );

  it('requests for a fixed answer are sent again until the time is over', async () => {
    const port = await serve((_request, response) => sendJson(response, 200, FIXED_ANSWER));
    const { answered } = await load(port, keepAlive, 'fixed', { durationMs: 100, uploads: 1 });
    // each of the four connections has sent the one request, however slow the machine is
    expect(answered).toBeGreaterThanOrEqual(4);
  });

  it.each<[string, RegExp, Answer]>([
    ['another status', /is not 200.*503/, (_, response) => sendJson(response, 503, FIXED_ANSWER)],
    [
      'another body',
      /has not the body/,
      (_, response) => sendJson(response, 200, FIXED_ANSWER.replace('0000', '1000')),
    ],
    [
      'a longer body',
      /has not the body/,
      (_, response) => sendJson(response, 200, `${FIXED_ANSWER} `),
    ],
    [
      'a body in chunks',
      /has no Content-Length/,
      (_, response) => {
        response.write(FIXED_ANSWER);
        response.end();
      },
    ],
    ['none', /closed before the answer|failed/, (request) => void request.socket.destroy()],
    [
      'a piece of one',
      /closed before the answer|failed/,
      ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'),
    ],
  ])('an answer that is %s fails the run', async (_name, reason, answer) => {
    let answers = 0;
    const port = await serve((request, response, body) => {
      // the tenth alone is wrong
      if ((answers += 1) === 10) answer(request, response, body);
      else sendJson(response, 200, FIXED_ANSWER);
    });
    await expect(load(port, keepAlive, 'fixed')).rejects.toThrow(reason);
  });
});
