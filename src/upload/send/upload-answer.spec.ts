import { describe, expect, it } from 'vitest';
import type { PreparedUpload } from '../authorize/prepare-upload.js';
import { readUploadAnswer } from './upload-answer.js';

const upload = { terms: { uploadId: 'ID' }, object: 'a.png' } as PreparedUpload;
const etag = 'D41D8CD98F00B204E9800998ECF8427E';
const stored = { etag: `"${etag.toLowerCase()}"`, 'x-oss-hash-crc64ecma': '18446744073709551615' };
const xml = (code: string, message: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>R</RequestId><EC>0007-00000203</EC></Error>`;
const read = async (status: number, text: string, headers = {}) =>
  readUploadAnswer({ status, headers, text }, upload);

describe('readUploadAnswer', () => {
  it.each([
    ['{"key":"文"}', { key: '文' }],
    ['null', null],
    ['[1]', [1]],
  ])("gives the app's answer %s", async (body, answer) => {
    expect(await read(200, body, stored)).toEqual({
      etag,
      crc64: '18446744073709551615',
      answer,
    });
  });

  it.each([
    ['HTML', '<html>'],
    ['nothing', ''],
  ])('says that the object is stored where 200 came with %s', async (_what, body) => {
    await expect(read(200, body, stored)).rejects.toMatchObject({
      code: 'ANSWER_UNREADABLE',
      message: expect.stringContaining(`is stored (ETag ${etag})`),
      details: { uploadId: 'ID', etag, crc64: '18446744073709551615' },
    });
  });

  it('says that the object is stored and why the callback failed where 203 came', async () => {
    await expect(
      read(203, xml('CallbackFailed', 'Error status : 502.'), stored),
    ).rejects.toMatchObject({
      code: 'CALLBACK_FAILED',
      message: `The object "a.png" is stored (ETag ${etag}), but its callback failed (CallbackFailed: Error status : 502.). Do not upload it again: check the status of upload ID.`,
      details: {
        uploadId: 'ID',
        etag,
        crc64: '18446744073709551615',
        status: 203,
        ossCode: 'CallbackFailed',
        ossMessage: 'Error status : 502.',
        ec: '0007-00000203',
        requestId: 'R',
      },
    });
    await expect(read(203, '', stored)).rejects.toMatchObject({
      code: 'CALLBACK_FAILED',
      details: { etag, status: 203 },
    });
  });

  it.each([
    [
      403,
      xml('AccessDenied', 'no'),
      { ossCode: 'AccessDenied', ec: '0007-00000203', requestId: 'R' },
    ],
    [409, xml('FileAlreadyExists', 'x'), { ossCode: 'FileAlreadyExists' }],
    [500, '<html>Bad Gateway</html>', { ossCode: undefined, ec: 'E', requestId: 'H' }],
    [503, '', { ossCode: undefined, ec: 'E', requestId: 'H' }],
    [201, '{}', {}],
  ])('says that OSS stored nothing where %i came', async (status, body, details) => {
    const headers = { 'x-oss-ec': 'E', 'x-oss-request-id': 'H' };
    await expect(read(status, body, headers)).rejects.toMatchObject({
      code: 'OSS_REFUSED',
      details: { uploadId: 'ID', status, ...details },
    });
  });
});
