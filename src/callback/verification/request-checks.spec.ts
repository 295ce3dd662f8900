import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { readSignatureHeaders } from './request-checks.js';

const authorization = Buffer.alloc(64, 1).toString('base64');
const keyUrl = 'aHR0cHM6Ly9nb3NzcHVibGljLmFsaWNkbi5jb20vY2FsbGJhY2tfcHViX2tleV92MS5wZW0=';
const signed = [
  ['Authorization', authorization],
  ['x-oss-pub-key-url', keyUrl],
];

/** As Node gives it: repeated headers joined or dropped in `headers`, all of them in `rawHeaders`. */
function request(pairs: string[][], url = '/cb'): IncomingMessage {
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name!.toLowerCase(), value]));
  return { url, headers, rawHeaders: pairs.flat() } as unknown as IncomingMessage;
}

it('a callback has one signature and one key URL', () => {
  expect(readSignatureHeaders(request(signed))).toEqual({ authorization, publicKeyUrl: keyUrl });
  const lower = signed.map(([name, value]) => [name!.toUpperCase(), value!]);
  expect(readSignatureHeaders(request(lower, `/${'x'.repeat(8_191)}`))).toEqual({
    authorization,
    publicKeyUrl: keyUrl,
  });
});

it.each<[string, IncomingMessage, string]>([
  ['no headers', request([]), 'SIGNATURE_MISSING'],
  ['no signature', request(signed.slice(1)), 'SIGNATURE_MISSING'],
  ['no key URL', request(signed.slice(0, 1)), 'SIGNATURE_MISSING'],
  ['an empty signature', request([['authorization', ''], signed[1]!]), 'SIGNATURE_INVALID'],
  ['two signatures', request([...signed, ['authorization', authorization]]), 'MALFORMED_REQUEST'],
  ['two key URLs', request([...signed, ['X-OSS-Pub-Key-Url', keyUrl]]), 'MALFORMED_REQUEST'],
  ['an empty first one', request([['Authorization', ''], ...signed]), 'MALFORMED_REQUEST'],
  ['an empty second one', request([...signed, ['Authorization', '']]), 'MALFORMED_REQUEST'],
  ['a long signature', request([['authorization', 'A'.repeat(2_049)], signed[1]!]), 'MALFORMED_REQUEST'],
  ['a long key URL', request([signed[0]!, ['x-oss-pub-key-url', 'A'.repeat(2_049)]]), 'MALFORMED_REQUEST'],
  ['a long URL', request(signed, `/${'x'.repeat(8_192)}`), 'MALFORMED_REQUEST'],
  ['compression', request([...signed, ['content-encoding', 'gzip']]), 'MALFORMED_REQUEST'],
  ['a bearer token', request([['authorization', 'Bearer x'], signed[1]!]), 'SIGNATURE_INVALID'],
  ['loose base64', request([['authorization', `${authorization} `], signed[1]!]), 'SIGNATURE_INVALID'],
])('%s is refused', (_what, of, code) => {
  expect(() => readSignatureHeaders(of)).toThrow(expect.objectContaining({ code }));
}); // prettier-ignore

it.each<[string, IncomingMessage, string, string]>([
  ['a long signature', request([]), 'A'.repeat(2_049), 'MALFORMED_REQUEST'],
  ['loose base64', request([]), `${authorization} `, 'SIGNATURE_INVALID'],
  ['a long URL', request([], `/${'x'.repeat(8_192)}`), authorization, 'MALFORMED_REQUEST'],
  ['compression', request([['content-encoding', 'gzip']]), authorization, 'MALFORMED_REQUEST'],
])('%s is refused also where a guard of the app finds the headers', (_what, of, found, code) => {
  const find = () => ({ authorization: found, publicKeyUrl: keyUrl });
  expect(() => readSignatureHeaders(of, find)).toThrow(expect.objectContaining({ code }));
});
