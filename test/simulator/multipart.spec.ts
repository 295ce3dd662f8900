import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crc64 } from '../../src/protocol/checksum/crc64.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import {
  aliOss,
  bucket,
  CALLBACK_BODY,
  callbackTo,
  codeOf,
  messageOf,
  send,
  startApp,
  startSimulator,
} from './simulator-harness.js';

const KB = 1024;
const parts = [Buffer.alloc(100 * KB, 1), Buffer.alloc(100 * KB, 2), Buffer.from('end')];
const whole = Buffer.concat(parts);
const md5 = (data: Buffer | string) => createHash('md5').update(data).digest('hex').toUpperCase();
const etag = `${md5(parts.map(md5).join(''))}-3`;

async function upload(simulator: OssSimulator, headers: Record<string, string> = {}) {
  const begun = await send(simulator, { method: 'POST', query: { uploads: '' }, headers });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text())?.[1] ?? '';
  const etags: string[] = [];
  for (const [index, body] of parts.entries()) {
    const query = { partNumber: String(index + 1), uploadId };
    const response = await send(simulator, { method: 'PUT', query, body });
    etags.push(response.headers.get('etag') ?? '');
  }
  const complete = (body: string, more: Record<string, string> = {}) =>
    send(simulator, { method: 'POST', query: { uploadId }, body, headers: more });
  return { uploadId, etags, complete };
}

function listOf(etags: string[], numbers = [1, 2, 3]): string {
  const listed = numbers.map(
    (number, index) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${etags[index] ?? ''}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
}

describe.each([false, true])('ali-oss multipart, V4 %s', (authorizationV4) => {
  it('uploads in parts and calls back at the end', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const oss = aliOss(simulator, { authorizationV4 });
    const result = await oss.multipartUpload('big 中.bin', whole, {
      partSize: 100 * KB,
      mime: 'a/b',
      meta: { uid: 1, pid: 2 },
      callback: { url: app.url, body: CALLBACK_BODY, customValue: { user: 'u' } },
    });
    expect(result.res.status).toBe(200);
    expect((result as { data?: unknown }).data).toEqual({ ok: true });
    const stored = simulator.objects.get(bucket, 'big 中.bin');
    expect(stored).toMatchObject({ etag, mimeType: 'a/b', type: 'Multipart' });
    expect(stored?.metadata).toEqual({ uid: '1', pid: '2' });
    expect(stored?.bytes.equals(whole)).toBe(true);
    expect(app.received).toHaveLength(1);
    const values = Object.fromEntries(new URLSearchParams(app.received[0]?.body.toString()));
    expect(values).toMatchObject({
      operation: 'CompleteMultipartUpload',
      etag,
      size: String(whole.byteLength),
      crc64: crc64(whole).toString(),
      contentMd5: '',
      user: 'u',
    });
  });
});

describe('CompleteMultipartUpload', () => {
  it('answers with XML where no callback is asked for', async () => {
    const simulator = await startSimulator();
    const { etags, complete } = await upload(simulator, { 'content-type': 'a/b' });
    const response = await complete(listOf(etags.map((one) => one.replaceAll('"', '&quot;'))));
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/xml');
    expect(response.headers.get('content-md5')).toBeNull();
    expect(response.headers.get('etag')).toBe(`"${etag}"`);
    expect(text).toContain(`<ETag>&quot;${etag}&quot;</ETag>`);
    expect((await complete(listOf(etags))).status).toBe(404); // it is over
  });

  it('gives the ETag that OSS gives, computed from the ETags of the parts', async () => {
    const simulator = await startSimulator();
    const begun = await send(simulator, { method: 'POST', query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text())?.[1] ?? '';
    await send(simulator, { method: 'PUT', query: { partNumber: '1', uploadId }, body: 'abc' });
    const headers = { 'x-oss-complete-all': 'yes' };
    const done = await send(simulator, { method: 'POST', query: { uploadId }, headers });
    const expected = '"1CEB3E00BFA610E1C55453734A5C6B7E-1"';
    expect(done.headers.get('etag')).toBe(expected);
    expect((await send(simulator, { method: 'HEAD' })).headers.get('etag')).toBe(expected);
  });

  it('takes all parts where asked to, and then no list', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const { complete } = await upload(simulator);
    const all = { 'x-oss-complete-all': 'yes' };
    const both = await complete('<a/>', all);
    expect(messageOf(await both.text())).toContain('both complete all header and http body');
    const { callback } = callbackTo(app.url);
    const response = await complete('', { ...all, 'x-oss-callback': callback });
    expect(await response.text()).toBe('{"ok":true}');
    expect(simulator.objects.get(bucket, 'a.txt')?.size).toBe(whole.byteLength);
  });

  it.each<[string, (etags: string[]) => string, string]>([
    ['no XML', () => 'x', 'MalformedXML'],
    ['another order', ([a, b]) => listOf([b ?? '', a ?? ''], [2, 1]), 'InvalidPartOrder'],
    ['another ETag', ([, b]) => listOf([b ?? ''], [1]), 'InvalidPart'],
    ['an unknown part', ([a]) => listOf([a ?? ''], [4]), 'InvalidPart'],
  ])('refuses %s', async (_what, body, code) => {
    const simulator = await startSimulator();
    const { etags, complete } = await upload(simulator);
    const response = await complete(body(etags));
    expect({ status: response.status, code: codeOf(await response.text()) }).toEqual({
      status: 400,
      code,
    });
    expect((await complete(listOf(etags))).status).toBe(200); // nothing is lost
  });

  it('refuses parts that are too small', async () => {
    const simulator = await startSimulator();
    const { uploadId, etags, complete } = await upload(simulator);
    const query = { uploadId, partNumber: '1' };
    const small = await send(simulator, { method: 'PUT', query, body: 'small' });
    etags[0] = small.headers.get('etag') ?? '';
    expect(codeOf(await (await complete(listOf(etags))).text())).toBe('EntityTooSmall');
  });

  it('keeps what is there where that is asked for', async () => {
    const simulator = await startSimulator();
    const { etags, complete } = await upload(simulator);
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'old' });
    expect((await complete(listOf(etags), { 'x-oss-forbid-overwrite': 'true' })).status).toBe(409);
    expect(simulator.objects.get(bucket, 'a.txt')?.size).toBe(3);
  });
});

describe('CompleteMultipartUpload, twice at once', () => {
  it('makes one object', async () => {
    const simulator = await startSimulator();
    const { etags, complete } = await upload(simulator);
    const answers = await Promise.all([complete(listOf(etags)), complete(listOf(etags))]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 404]));
  });
});

describe('the other operations of a multipart upload', () => {
  it('list page by page', async () => {
    const simulator = await startSimulator();
    const { uploadId } = await upload(simulator);
    const page = async (more: Record<string, string>) => {
      const text = await (await send(simulator, { query: { uploadId, ...more } })).text();
      const numbers = [...text.matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => Number(number));
      const [, next] = /<NextPartNumberMarker>(\d+)</.exec(text) ?? [];
      return [numbers, text.includes('<IsTruncated>true<'), next && Number(next)];
    };
    expect(await page({ 'max-parts': '2' })).toEqual([[1, 2], true, 2]);
    expect(await page({ 'max-parts': '2', 'part-number-marker': '2' })).toEqual([[3], false, 3]);
    expect(await page({ 'part-number-marker': '3' })).toEqual([[], false, undefined]);
    const refused = await send(simulator, { query: { uploadId, 'max-parts': 'x' } });
    expect(codeOf(await refused.text())).toBe('InvalidArgument');
  });

  it('list and abort', async () => {
    const simulator = await startSimulator();
    const { uploadId, etags } = await upload(simulator);
    const listed = await (await send(simulator, { query: { uploadId } })).text();
    expect(listed.match(/<PartNumber>/g)).toHaveLength(3);
    expect(listed).toContain(`<Size>${100 * KB}</Size>`);
    const abort = () => send(simulator, { method: 'DELETE', query: { uploadId } });
    expect((await abort()).status).toBe(204);
    expect(codeOf(await (await abort()).text())).toBe('NoSuchUpload');
    expect(etags).toHaveLength(3);
  });

  it('refuse wrong numbers, digests and uploads of other objects', async () => {
    const simulator = await startSimulator();
    const { uploadId } = await upload(simulator);
    const put = async (query: Record<string, string>, object = 'a.txt', headers = {}) =>
      codeOf(
        await (await send(simulator, { method: 'PUT', object, query, headers, body: 'x' })).text(),
      );
    expect(await put({ uploadId, partNumber: '0' })).toBe('InvalidArgument');
    expect(await put({ uploadId, partNumber: '10001' })).toBe('InvalidArgument');
    expect(await put({ uploadId, partNumber: '1' }, 'b.txt')).toBe('NoSuchUpload');
    expect(await put({ uploadId, partNumber: '1' }, 'a.txt', { 'content-md5': 'AAAA' })).toBe(
      'InvalidDigest',
    );
  });
});

describe('DeleteObject', () => {
  it('is good whether or not there was one', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'a' });
    for (let call = 0; call < 2; call += 1) {
      expect((await send(simulator, { method: 'DELETE' })).status).toBe(204);
    }
    expect(simulator.objects.list()).toEqual([]);
  });
});
