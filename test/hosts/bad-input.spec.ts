import { Controller } from '@nestjs/common';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { OssCallback } from '../../src/index.js';
import { OSS_CALLBACK_ERROR_STATUS } from '../../src/common/errors.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  type CallbackToSend,
  sendCallback,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { type RawResponse, sendBytes, sendRaw, toBytes } from '../support/raw-http.js';
import { startTestApp, useTestApp, type TestApp, TICKET_SECRET } from '../support/test-app.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return { taken: true };
  }

  @OssCallback('tenants/:tenant/callback', { name: 'tenant' })
  tenant() {
    return { taken: true };
  }
}

const good = 'bucket=uploads&object=a.txt';
const key = (url: string) => ({ 'x-oss-pub-key-url': Buffer.from(url).toString('base64') });

/** Signed by OSS's stand-in, and yet no callback that can be used. */
const signedBodies: [what: string, callback: CallbackToSend][] = [
  ['an empty body', { body: '' }],
  ['white space', { body: ' \r\n ' }],
  ['bytes that are no UTF-8', { body: Buffer.from([...Buffer.from(good), 0xff, 0xfe]) }],
  ['escapes that are no UTF-8', { body: `${good}&x:a=%ff%fe` }],
  ['a name that appears twice', { body: `${good}&object=b.txt` }],
  ['a name that appears twice, once escaped', { body: `${good}&%6Fbject=b.txt` }],
  ['a JSON name that appears twice', { body: '{"bucket":"uploads","object":"a","object":"b"}' }],
  ['a NUL', { body: `${good}%00` }],
  ['a NUL in JSON', { body: '{"bucket":"uploads","object":"a\\u0000"}' }],
  ['half a character in JSON', { body: '{"bucket":"uploads","object":"a\\ud800"}' }],
  ['JSON that is nested deeply', { body: `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}` }],
  ['a JSON array', { body: '["bucket","uploads"]' }],
  ['a JSON text', { body: '"bucket"' }],
  ['JSON with something behind it', { body: '{"bucket":"uploads","object":"a"}{}' }],
  ['10,000 fields', { body: Array.from({ length: 10_000 }, (_, n) => `${n}=`).join('&') }],
  ['a size that is no number', { body: `${good}&size=five` }],
  ['a size below zero', { body: `${good}&size=-1` }],
  ['a size that no column holds', { body: `${good}&size=99999999999999999999` }],
  ['an ETag that is none', { body: `${good}&etag=<script>` }],
  ['an object of 2,000 characters', { body: `bucket=uploads&object=${'a'.repeat(2_000)}` }],
  [
    'XML',
    { body: '<Callback><Bucket>uploads</Bucket></Callback>', contentType: 'application/xml' },
  ],
  ['a byte order mark before JSON', { body: '\ufeff{"bucket":"uploads","object":"a"}' }],
];

type Send = (world: TestApp) => Promise<RawResponse>;

/** A callback that would be taken, but for this. */
const callback =
  (wrong: Partial<CallbackToSend>): Send =>
  (world) =>
    sendCallback(world, { body: good, ...wrong });
const withHeaders = (headers: CallbackToSend['headers']) => callback({ headers });
/** One that OSS signed for the app's route, at another target. */
const at =
  (target: string): Send =>
  (world) =>
    sendRaw(world.url, { target, headers: callbackHeaders(world, { body: good }), body: good });

const requests: [what: string, codes: string[], request: Send][] = [
  [
    'two Authorization headers',
    ['MALFORMED_REQUEST'],
    (world) => {
      const headers = Object.entries(callbackHeaders(world, { body: good }));
      const [authorization] = headers.filter(([name]) => name === 'authorization');
      return sendRaw(world.url, {
        target: CALLBACK_PATH,
        headers: [...headers, ['Authorization', authorization![1]]],
        body: good,
      });
    },
  ],
  [
    'two key headers',
    ['MALFORMED_REQUEST'],
    (world) =>
      sendRaw(world.url, {
        target: CALLBACK_PATH,
        headers: [
          ...Object.entries(callbackHeaders(world, { body: good })),
          ...Object.entries(key('https://gosspublic.alicdn.com/callback_pub_key_v1.pem')),
        ],
        body: good,
      }),
  ],
  [
    'a Content-Encoding',
    ['MALFORMED_REQUEST'],
    callback({ body: gzipSync(good), headers: { 'content-encoding': 'gzip' } }),
  ],
  [
    'a Content-Encoding that is none',
    ['MALFORMED_REQUEST'],
    withHeaders({ 'content-encoding': 'identity' }),
  ],
  ['a fragment in the request target', ['MALFORMED_REQUEST'], at(`${CALLBACK_PATH}#x`)],
  [
    'a request target with scheme and host',
    ['MALFORMED_REQUEST'],
    at(`http://other.example${CALLBACK_PATH}`),
  ],
  ...['%0A', '%3F', '%23', '%00', '%7f'].map((escape): (typeof requests)[number] => [
    `${escape} in the path`,
    ['MALFORMED_REQUEST'],
    at(`/tenants/a${escape}b/callback`),
  ]),
  ...['%ZZ', '%', '%ff', '%c3'].map((escape): (typeof requests)[number] => [
    `${escape} in the path`,
    ['MALFORMED_REQUEST', 'REFUSED_BY_APP'], // the platform may refuse it first
    at(`/tenants/a${escape}b/callback`),
  ]),
  [
    'an Authorization of 10 KB',
    ['MALFORMED_REQUEST'],
    withHeaders({ authorization: 'A'.repeat(10_240) }),
  ],
  [
    'a key URL of 10 KB',
    ['MALFORMED_REQUEST'],
    withHeaders(key(`https://a.b/${'c'.repeat(8_000)}`)),
  ],
  [
    'a query of 9 KB',
    ['MALFORMED_REQUEST'],
    callback({ target: `${CALLBACK_PATH}?${'a'.repeat(9_000)}` }),
  ],
  [
    'an empty Authorization',
    ['SIGNATURE_INVALID', 'SIGNATURE_MISSING'],
    withHeaders({ authorization: '' }),
  ],
  ['no key header', ['SIGNATURE_MISSING'], withHeaders({ 'x-oss-pub-key-url': undefined })],
  ...[
    'https://gosspublic.alicdn.com@evil.example/callback_pub_key_v1.pem',
    'https://user:pass@gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com:443/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem?x=1',
    'https://gosspublic.alicdn.com/callback_pub_key_v1.pem#x',
    'https://GOSSPUBLIC.alicdn.com/callback_pub_key_v1.pem',
    'HTTPS://gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com.evil.example/callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com/other.pem',
    'https://gosspublic.alicdn.com/../callback_pub_key_v1.pem',
    'https://gosspublic.alicdn.com/callback_pub_key_v100.pem',
    'https://gosspublic.alicdn.com//callback_pub_key_v1.pem',
    'ftp://gosspublic.alicdn.com/callback_pub_key_v1.pem',
    'file:///etc/passwd',
    'http://127.0.0.1:1/callback_pub_key_v1.pem',
    'gosspublic.alicdn.com/callback_pub_key_v1.pem',
    '\nhttps://gosspublic.alicdn.com/callback_pub_key_v1.pem',
  ].map((url): (typeof requests)[number] => [
    `the key URL ${JSON.stringify(url)}`,
    ['KEY_NOT_TRUSTED'],
    withHeaders(key(url)),
  ]),
  [
    'a key URL that is no base64',
    ['KEY_NOT_TRUSTED'],
    withHeaders({ 'x-oss-pub-key-url': 'https://gosspublic.alicdn.com/callback_pub_key_v1.pem' }),
  ],
  [
    'a key of the local OSS while the signature is another’s',
    ['SIGNATURE_INVALID'],
    withHeaders(key('https://gosspublic.alicdn.com/callback_pub_key_v1.pem')),
  ],
];

describe.each(platforms)('what is no callback, sent to an app on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [CallbackController],
    options: {
      tickets: { secrets: [TICKET_SECRET], required: false },
    },
    signsCallbacks: true,
  });

  afterEach(async () => {
    expect((await world.audit.find({ status: 'completed', object: 'a.txt' })).uploads).toEqual([]);
  });

  function expectRefusal(response: RawResponse, codes: string[]): void {
    const { code, ...rest } = response.json() as { code: keyof typeof OSS_CALLBACK_ERROR_STATUS };
    expect(codes).toContain(code);
    expect(rest).toEqual({ message: expect.any(String) });
    if (code !== 'REFUSED_BY_APP') expect(response.status).toBe(OSS_CALLBACK_ERROR_STATUS[code]);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.header('content-type')).toBe('application/json');
    expect(response.header('content-length')).toBe(String(response.body.byteLength));
  }

  it.each(signedBodies)('refuses %s as a malformed body', async (_what, callback) => {
    expectRefusal(await sendCallback(world, callback), ['MALFORMED_BODY']);
  });

  it.each(requests)('refuses %s', async (_what, codes, request) => {
    expectRefusal(await request(world), codes);
  });

  it.each([
    ['a body of 65,537 bytes', { body: 'a'.repeat(65_537) }],
    ['a body of 5 MB', { body: Buffer.alloc(5_000_000, 'a') }],
  ])('refuses %s', async (_what, callback) => {
    expectRefusal(await sendCallback(world, callback), ['BODY_TOO_LARGE']);
  });

  it('refuses a body of 3 MB in chunks, without reading it all', async () => {
    const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`;
    const response = await sendRaw(world.url, {
      target: CALLBACK_PATH,
      headers: { 'Transfer-Encoding': 'chunked' },
      body: chunk.repeat(50),
    });
    expectRefusal(response, ['BODY_TOO_LARGE']);
  });

  it('refuses a body that is claimed to be large and never sent', async () => {
    const response = await sendRaw(world.url, {
      target: CALLBACK_PATH,
      headers: { 'Content-Length': '100000000' },
    });
    expectRefusal(response, ['BODY_TOO_LARGE']);
    expect(response.header('connection')).toBe('close');
  });

  it('leaves other methods on the path to the host', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const response = await sendRaw(world.url, { method, target: CALLBACK_PATH });
      expect(response.status).toBe(404);
      expect(response.json()).toMatchObject({ statusCode: 404 });
    }
    const bytes = toBytes(world.url, { method: 'HEAD', target: CALLBACK_PATH });
    expect((await sendBytes(world.url, bytes, true)).status).toBe(404);
  });

  it('goes on serving', async () => {
    const { body } = await authoriseBody(world, {});
    const response = await sendCallback(world, { body });
    expect([response.status, response.json()]).toEqual([200, { taken: true }]);
  });
});

describe.each(platforms)('a body that does not come, on %s', (platform) => {
  it('is answered 503, and the connection closed', async () => {
    const world = await startTestApp({
      platform,
      controllers: [CallbackController],
      options: { answerWithinMs: 200 },
    });
    try {
      const requests: { headers: Record<string, string>; body: string }[] = [
        { headers: { 'Content-Length': '50' }, body: 'bucket=' },
        { headers: { 'Transfer-Encoding': 'chunked' }, body: '7\r\nbucket=\r\n' },
      ];
      for (const request of requests) {
        const response = await sendRaw(world.url, {
          target: CALLBACK_PATH,
          ...request,
        });
        expect([response.status, response.json(), response.header('connection')]).toEqual([
          503,
          { code: 'DEADLINE_EXCEEDED', message: 'There was no response in time.' },
          'close',
        ]);
      }
    } finally {
      await world.stop();
    }
  });
});
