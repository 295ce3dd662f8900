import { createPublicKey } from 'node:crypto';
import { Controller } from '@nestjs/common';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OssCallback, OSS_CALLBACK_PUBLIC_KEYS, verifyCallbackSignature } from '../../src/index.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { useTestApp } from '../support/test-app.js';
import { genuine, genuineCallbacks, toRawRequest } from './genuine-callbacks.js';

/** One byte of a text altered, added or taken away. */
interface Alteration {
  kind: 'alter' | 'insert' | 'remove';
  at: number;
  byte: number;
}

const alterations = fc.record({
  kind: fc.constantFrom('alter' as const, 'insert' as const, 'remove' as const),
  at: fc.nat(1_000),
  byte: fc.integer({ min: 0x21, max: 0x7e }),
});

/** The first byte stays: without its slash a request target is no path any more. */
function alter(text: string, { kind, at, byte }: Alteration): string {
  const bytes = [...Buffer.from(text)];
  const index = 1 + (at % Math.max(1, bytes.length - 1));
  if (kind === 'remove') bytes.splice(index, 1);
  else bytes.splice(index, kind === 'alter' ? 1 : 0, byte);
  return Buffer.from(bytes).toString();
}

const publicKey = createPublicKey(Object.values(OSS_CALLBACK_PUBLIC_KEYS)[0]!);

describe.each(genuineCallbacks)('$id with one byte changed', ({ url, body, authorization }) => {
  it('does not verify, wherever the byte stands', () => {
    fc.assert(
      fc.property(alterations, fc.boolean(), (alteration, inBody) => {
        const altered = inBody
          ? { url, body: alter(body, alteration) }
          : { url: alter(url, alteration), body };
        fc.pre(altered.url !== url || altered.body !== body);
        return !verifyCallbackSignature({
          url: altered.url,
          body: Buffer.from(altered.body),
          authorization,
          publicKey,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('does not verify when a byte moves between path, query and body', () => {
    const moved = [
      { url: url.slice(0, -1), body: url.slice(-1) + body },
      { url: url + body.slice(0, 1), body: body.slice(1) },
      { url: `${url}%0A${body}`, body: '' },
      { url: url.replace('?', '%3F'), body: `${body} ` },
      { url: `${url}#`, body },
      { url, body: `\n${body}` },
    ];
    for (const request of moved) {
      expect(
        verifyCallbackSignature({
          ...request,
          body: Buffer.from(request.body),
          authorization,
          publicKey,
        }),
      ).toBe(false);
    }
  });
});

const callback = genuine('docs-signature-example');
const signature = callback.authorization;
const lastOfAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** `x==` carries four spare bits in `x`; canonical base64 has them zero. */
function withSpareBits(base64: string): string {
  const index = base64.length - 3;
  const value = lastOfAlphabet.indexOf(base64[index]!);
  return `${base64.slice(0, index)}${lastOfAlphabet[value | 1]}==`;
}

const notCanonical: [what: string, authorization: string][] = [
  ['a space within', `${signature.slice(0, 40)} ${signature.slice(40)}`],
  ['the URL-safe alphabet', signature.replaceAll('+', '-').replaceAll('/', '_')],
  ['no padding', signature.replaceAll('=', '')],
  ['half of the padding', signature.slice(0, -1)],
  ['too much padding', `${signature}=`],
  ['altered spare bits', withSpareBits(signature)],
  ['a scheme before it', `Bearer ${signature}`],
  ['quotes', `"${signature}"`],
  ['a byte too few', Buffer.from(signature, 'base64').subarray(0, 63).toString('base64')],
  ['a byte too many', Buffer.from(`${signature.slice(0, -2)}AA`, 'base64').toString('base64')],
  ['a key twice as long', Buffer.alloc(128, 1).toString('base64')],
  ['hex', Buffer.from(signature, 'base64').toString('hex')],
  ['nothing but zeros', Buffer.alloc(64).toString('base64')],
];

@Controller()
class EverythingController {
  @OssCallback('*')
  answer() {
    return { taken: true };
  }
}

describe.each(platforms)('an altered callback sent to an app on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [EverythingController],
    options: {
      buckets: { main: { bucket: 'yonghu-test', region: 'cn-hangzhou' } },
      credentials: { accessKeyId: 'LTAI0000', accessKeySecret: 'not-used-here' },
      tickets: {
        secrets: ['Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA=='],
        required: false,
      },
      confirmObject: 'never',
      localOss: undefined,
    },
  });

  it('is taken when it is not altered', async () => {
    for (const id of ['docs-wireshark-2018', 'python-sdk-issue-272']) {
      const response = await sendRaw(world.url, toRawRequest(genuine(id)));
      expect([response.status, response.json()]).toEqual([200, { taken: true }]);
    }
  });

  it('is refused when one byte of path, query or body differs', async () => {
    const request = toRawRequest(callback);
    await fc.assert(
      fc.asyncProperty(alterations, fc.boolean(), async (alteration, inBody) => {
        const altered = inBody
          ? { ...request, body: alter(request.body, alteration) }
          : { ...request, target: alter(request.target, alteration) };
        fc.pre(altered.body !== request.body || altered.target !== request.target);
        const { 'content-length': _length, ...headers } = altered.headers as Record<string, string>;
        const response = await sendRaw(world.url, { ...altered, headers });
        // 400 where the path is none any more ("%", "#"), else 403
        expect([400, 403]).toContain(response.status);
        expect(['SIGNATURE_INVALID', 'MALFORMED_REQUEST', 'REFUSED_BY_APP']).toContain(
          (response.json() as { code: string }).code,
        );
      }),
      { numRuns: 100 },
    );
  });

  it.each(notCanonical)('is refused with a signature that has %s', async (_what, authorization) => {
    expect(authorization).not.toBe(signature);
    const request = toRawRequest(callback);
    const response = await sendRaw(world.url, {
      ...request,
      headers: { ...request.headers, authorization },
    });
    expect([response.status, response.json()]).toEqual([
      403,
      { code: 'SIGNATURE_INVALID', message: 'The signature is not valid.' },
    ]);
  });

  it('is refused with a signature that goes on in the next line', async () => {
    const request = toRawRequest(callback);
    const response = await sendRaw(world.url, {
      ...request,
      headers: {
        ...request.headers,
        authorization: `${signature.slice(0, 44)}\r\n ${signature.slice(44)}`,
      },
    });
    // Node itself refuses folded headers, or the guard what they fold to
    expect([400, 403]).toContain(response.status);
  });
});
