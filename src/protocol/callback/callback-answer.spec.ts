import { describe, expect, it } from 'vitest';
import { checkCallbackAnswer, MAX_CALLBACK_ANSWER_BYTES } from './callback-answer.js';

function check(body: string, status = 200, contentLength?: string) {
  const bytes = Buffer.from(body);
  const length = contentLength ?? String(bytes.byteLength);
  return checkCallbackAnswer({ status, contentLength: length, body: bytes })?.message;
}

describe('OSS', () => {
  it.each(['{}', '{"Status":"OK"}', 'null', '"文"', ' [1] ', '1'])(
    'takes the answer %s',
    (body) => {
      expect(check(body)).toBeUndefined();
    },
  );

  it.each([
    ['another status', check('{}', 201), 'Error status : 201.'],
    ['a redirect', check('{}', 301), 'Error status : 301.'],
    ['OK', check('OK'), 'Response body is not valid json format.'],
    ['HTML', check('<html></html>'), 'Response body is not valid json format.'],
    ['a byte order mark', check('\ufeff{}'), 'Response body is not valid json format.'],
    ['nothing', check(''), 'Error Status : 400.User server return invalid conent-length value.'],
    [
      'a Content-Length that is no number',
      check('{}', 200, '2 bytes'),
      'Error Status : 400.User server return invalid conent-length value.',
    ],
    [
      'a negative Content-Length',
      check('{}', 200, '-2'),
      'Error Status : 400.User server return invalid conent-length value.',
    ],
  ])('does not take %s', (_what, message, expected) => expect(message).toBe(expected));

  it('takes 1 MB and no more', () => {
    const body = (bytes: number) => `"${'a'.repeat(bytes - 2)}"`;
    expect(check(body(MAX_CALLBACK_ANSWER_BYTES))).toBeUndefined();
    expect(check(body(MAX_CALLBACK_ANSWER_BYTES + 1))).toBe(
      'Error Status : 400.User server return too long content-length value.',
    );
  });

  it('wants a Content-Length and UTF-8', () => {
    const answer = { status: 200, body: Buffer.from('{}') };
    expect(checkCallbackAnswer({ ...answer, contentLength: undefined })?.message).toBe(
      'Error Status : 400.User server missing content-length.',
    );
    const latin1 = Buffer.from('"\xe9"', 'latin1');
    expect(checkCallbackAnswer({ ...answer, contentLength: '3', body: latin1 })).toEqual({
      message: 'Response body is not valid json format.',
      ec: '0007-00000205',
    });
  });
});
