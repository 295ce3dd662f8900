import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { codeOf, type RequestParts, send, startSimulator } from '../simulator-harness.js';

const LIST = '<Delete><Object><Key>b</Key></Object></Delete>';

const requests: [string, (uploadId: string) => RequestParts & { body: string }][] = [
  ['PutObject', () => ({ method: 'PUT', object: 'b', body: 'content' })],
  [
    'UploadPart',
    (uploadId) => ({ method: 'PUT', query: { partNumber: '1', uploadId }, body: 'content' }),
  ],
  [
    'DeleteMultipleObjects',
    () => ({ method: 'POST', object: '', query: { delete: '' }, body: LIST }),
  ],
];

describe.each(requests)('the Content-MD5 of %s', (_name, requestWith) => {
  async function answers(md5Of: (md5: Buffer) => string) {
    const simulator = await startSimulator();
    const begun = await send(simulator, { method: 'POST', query: { uploads: '' } });
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text()) ?? [];
    const request = requestWith(uploadId);
    const md5 = md5Of(createHash('md5').update(request.body).digest());
    const response = await send(simulator, { ...request, headers: { 'content-md5': md5 } });
    return [response.status, codeOf(await response.text())];
  }

  it('is that of the content, whatever follows its sixteen bytes', async () => {
    expect((await answers((md5) => md5.toString('base64')))[0]).toBe(200);
    const longer = (md5: Buffer) => Buffer.concat([md5, Buffer.from('more')]).toString('base64');
    expect((await answers(longer))[0]).toBe(200);
  });

  it.each([
    ['another', () => createHash('md5').update('other').digest('base64')],
    ['shorter', (md5: Buffer) => md5.subarray(0, 15).toString('base64')],
    ['hexadecimal', (md5: Buffer) => md5.toString('hex')],
    ['empty', () => ''],
  ])('is refused if it is %s', async (_how, md5Of) => {
    expect(await answers(md5Of)).toEqual([400, 'InvalidDigest']);
  });
});
