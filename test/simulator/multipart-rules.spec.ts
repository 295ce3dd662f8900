import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import { ecOf } from './error-documents.js';
import { bucket, codeOf, send, startSimulator } from './simulator-harness.js';

const PART = Buffer.alloc(100 * 1024, 'p');

async function begin(simulator: OssSimulator, query = {}, headers = {}): Promise<string> {
  const parts = { method: 'POST', query: { uploads: '', ...query }, headers };
  const text = await (await send(simulator, parts)).text();
  return /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1] ?? '';
}

function put(simulator: OssSimulator, uploadId: string, number: number, body: Buffer = PART) {
  const query = { uploadId, partNumber: String(number) };
  return send(simulator, { method: 'PUT', query, body });
}

function complete(simulator: OssSimulator, uploadId: string, body: string, headers = {}) {
  return send(simulator, { method: 'POST', query: { uploadId }, body, headers });
}

const all = { 'x-oss-complete-all': 'yes' };

describe('CompleteMultipartUpload without parts', () => {
  it.each(['<CompleteMultipartUpload></CompleteMultipartUpload>', '<CompleteMultipartUpload/>'])(
    '%s makes an empty object',
    async (list) => {
      const simulator = await startSimulator();
      const uploadId = await begin(simulator);
      await put(simulator, uploadId, 1);
      const response = await complete(simulator, uploadId, list);
      expect(response.status).toBe(200);
      const etag = `${createHash('md5').digest('hex').toUpperCase()}-0`;
      expect(response.headers.get('etag')).toBe(`"${etag}"`);
      expect(simulator.objects.get(bucket, 'a.txt')).toMatchObject({ size: 0, etag });
    },
  );

  it('makes an empty object of all parts where there are none', async () => {
    const simulator = await startSimulator();
    const response = await complete(simulator, await begin(simulator), '', all);
    expect(response.status).toBe(200);
    expect(simulator.objects.get(bucket, 'a.txt')?.size).toBe(0);
  });
});

describe('x-oss-object-acl', () => {
  it.each<[string, object, object, string]>([
    ['of Initiate is kept', { 'x-oss-object-acl': 'private' }, {}, 'private'],
    ['of Complete is kept', {}, { 'x-oss-object-acl': 'public-read' }, 'public-read'],
    [
      'of Complete outranks that of Initiate',
      { 'x-oss-object-acl': 'private' },
      { 'x-oss-object-acl': 'public-read' },
      'public-read',
    ],
  ])('%s', async (_what, first, last, acl) => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator, {}, first);
    await put(simulator, uploadId, 1);
    await complete(simulator, uploadId, '', { ...all, ...last });
    const told = await send(simulator, { query: { acl: '' } });
    expect(await told.text()).toContain(`<Grant>${acl}</Grant>`);
  });

  it('of Complete must be one that an object can have', async () => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator);
    await put(simulator, uploadId, 1);
    const unknown = { ...all, 'x-oss-object-acl': 'secret' };
    const refused = await complete(simulator, uploadId, '', unknown);
    expect([refused.status, codeOf(await refused.text())]).toEqual([400, 'InvalidArgument']);
    expect((await complete(simulator, uploadId, '', all)).status).toBe(200);
  });
});

describe('a sequential upload', () => {
  const sequential = { sequential: '' };
  const outcome = async (response: Response) => [response.status, codeOf(await response.text())];

  it('takes the parts one after the other, and its object has a Content-MD5', async () => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator, sequential);
    expect(await outcome(await put(simulator, uploadId, 2))).toEqual([400, 'PartNotSequential']);
    for (const number of [1, 2]) expect((await put(simulator, uploadId, number)).status).toBe(200);
    expect(await outcome(await put(simulator, uploadId, 1))).toEqual([409, 'PartAlreadyExist']);
    expect(await outcome(await put(simulator, uploadId, 4))).toEqual([400, 'PartNotSequential']);
    expect((await complete(simulator, uploadId, '', all)).status).toBe(200);
    const md5 = createHash('md5').update(PART).update(PART).digest('base64');
    const head = await send(simulator, { method: 'HEAD' });
    expect(head.headers.get('content-md5')).toBe(md5);
  });

  it('takes one of several that arrive at once', async () => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator, sequential);
    const bodies = ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text));
    const answers = await Promise.all(bodies.map((body) => put(simulator, uploadId, 1, body)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 409, 409, 409]);
  });

  it('is completed with all parts from the first', async () => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator, sequential);
    const etags: string[] = [];
    for (const number of [1, 2, 3]) {
      etags.push((await put(simulator, uploadId, number)).headers.get('etag') ?? '');
    }
    const list = (...numbers: number[]) =>
      `<CompleteMultipartUpload>${numbers
        .map(
          (number) =>
            `<Part><PartNumber>${number}</PartNumber><ETag>${etags[number - 1]}</ETag></Part>`,
        )
        .join('')}</CompleteMultipartUpload>`;
    for (const numbers of [[2], [1, 3]]) {
      const refused = await complete(simulator, uploadId, list(...numbers));
      expect(await outcome(refused)).toEqual([400, 'PartNotSequential']);
    }
    expect((await complete(simulator, uploadId, list(1, 2))).status).toBe(200);
  });

  it('is one only where the client asked for it', async () => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator);
    for (const number of [3, 1, 1])
      expect((await put(simulator, uploadId, number)).status).toBe(200);
    await complete(simulator, uploadId, '', all);
    const head = await send(simulator, { method: 'HEAD' });
    expect(head.headers.get('content-md5')).toBeNull();
  });
});

describe('an upload that does not exist', () => {
  it('has another EC in UploadPart', async () => {
    const simulator = await startSimulator();
    expect(ecOf(await (await put(simulator, 'A', 1)).text())).toBe('0042-00000104');
    const listed = await send(simulator, { query: { uploadId: 'A' } });
    expect(ecOf(await listed.text())).toBe('0042-00000002');
  });
});
