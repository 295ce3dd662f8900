import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authoriseBody, sendCallback } from '../support/oss-callbacks.js';
import { expectRefused } from '../forgeries/refused.js';
import { type PlatformName, platforms } from '../support/platforms.js';
import { type TestApp, useTestApp } from '../support/test-app.js';

type Request = IncomingMessage & { rawBody?: unknown; body?: unknown };

type Handler = (request: Request, response: ServerResponse) => void;

/** What stands in front of Nest does this to each request. */
let prepare: (request: Request) => void | Promise<void>;

async function read(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function handlerOf({ app }: TestApp, platform: PlatformName) {
  const instance = app.getHttpAdapter().getInstance() as unknown;
  return platform === 'Express'
    ? (instance as Handler)
    : (instance as { routing: Handler }).routing;
}

describe.each(platforms)('requests that something handles before Nest, on %s', (platform) => {
  const world = useTestApp({ platform, signsCallbacks: true });
  const front = createServer((request, response) => {
    void Promise.resolve(prepare(request)).then(() =>
      handlerOf(world, platform)(request, response),
    );
  });
  const send = async () => {
    const { body, uploadId } = await authoriseBody(world);
    const { port } = front.address() as AddressInfo;
    const response = await sendCallback({ ...world, url: `http://127.0.0.1:${port}` }, { body });
    return { response, status: response.status, answer: response.json(), uploadId };
  };
  beforeAll(() => new Promise<void>((resolve) => void front.listen(0, '127.0.0.1', resolve)));
  beforeEach(() => (prepare = () => undefined));
  afterAll(() => new Promise<unknown>((resolve) => void front.close(resolve)));

  it.each<[what: string, prepare: typeof prepare]>([
    ['untouched', () => undefined],
    [
      'read to their end, with the bytes kept, as in Cloud Functions',
      async (request) => {
        request.rawBody = await read(request);
        request.body = { parsed: true };
      },
    ],
    [
      'read, with the bytes kept as a Uint8Array',
      async (request) => void (request.rawBody = new Uint8Array(await read(request))),
    ],
    [
      'without raw headers, as an adapter makes them',
      (request) => {
        const { headers } = request;
        Object.assign(request, { headers, rawHeaders: undefined });
      },
    ],
    [
      'whose Authorization a middleware puts back',
      (request) => {
        const { headers } = request;
        request.rawHeaders = request.rawHeaders.map((name) =>
          name.toLowerCase() === 'authorization' ? 'x-forwarded-authorization' : name,
        );
        Object.assign(request, { headers });
      },
    ],
  ])('are taken: %s', async (_what, given) => {
    prepare = given;
    const { status, answer, uploadId } = await send();
    expect([status, answer]).toEqual([200, { uploadId }]);
  });

  it('whose bytes nothing kept are refused, with what to change', async () => {
    prepare = async (request) =>
      void (request.body = JSON.parse(`"${(await read(request)).length}"`));
    await expectRefused(world, async () => (await send()).response, {
      status: 500,
      code: 'BODY_NOT_CAPTURED',
      message: 'The callback could not be read.',
      signed: false,
      reason: /request\.rawBody = bytes/,
    });
  });

  it('with a header twice are refused, raw or not', async () => {
    prepare = (request) => {
      const { headers } = request;
      Object.assign(request, {
        headers: { ...headers, authorization: [headers.authorization, 'other'] },
        rawHeaders: undefined,
      });
    };
    expect(await send()).toMatchObject({ status: 400, answer: { code: 'MALFORMED_REQUEST' } });
  });
});
