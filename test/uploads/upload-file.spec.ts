import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OssCallbackError, OssUploadTicket, type UploadFileRequest } from '../../src/index.js';
import { crc64 } from '../../src/protocol/checksum/crc64.js';
import { BUCKET, TICKET_SECRET } from '../support/test-app.js';
import { type OssRequestSeen, useAppWithFaultyOss } from './faulty-oss.js';

const KB = 1024;
const PART = 100 * KB;

const { world, faulty } = useAppWithFaultyOss();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

let uploads = 0;

/** Of five parts, unless the test says otherwise. */
async function newFile(sizeBytes = 4 * PART + 5) {
  const bytes = randomBytes(sizeBytes);
  const path = join(folder, `${(uploads += 1)}.bin`);
  await writeFile(path, bytes);
  const object = `files/${uploads}.bin`;
  const request = { object, path, partSizeBytes: PART, parallel: 3 };
  const checkpointPath = join(folder, 'checkpoint.json');
  return { path, bytes, object, request, checkpointPath };
}

const upload = (request: UploadFileRequest) => world.uploads.uploadFile(request);
const stored = (object: string) => world.oss.objects.get(BUCKET, object);
const count = (operation: string) =>
  faulty.seen.filter((one) => one.operation === operation).length;
const partsSeen = () =>
  faulty.seen.flatMap(({ partNumber }) => (partNumber === undefined ? [] : [partNumber]));
const numerically = (a: number, b: number) => a - b;

/** How the upload fails. */
async function failure(request: UploadFileRequest): Promise<OssCallbackError> {
  const error: unknown = await upload(request).then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OssCallbackError);
  return error as OssCallbackError;
}

describe('uploadFile', () => {
  it('uploads a file in parts and gives the answer of the callback', async () => {
    const { bytes, object, request } = await newFile(10 * PART + 5);
    const progress: number[] = [];
    const result = await upload({
      ...request,
      owner: 'u1',
      contentTypes: ['video/mp4'],
      onProgress: ({ sentBytes, totalBytes }) => {
        expect(totalBytes).toBe(bytes.byteLength);
        progress.push(sentBytes);
      },
    });
    const { etag, bytes: landed, mimeType } = stored(object)!;
    expect(landed.equals(bytes)).toBe(true);
    expect(mimeType).toBe('video/mp4');
    expect(result).toEqual({
      uploadId: result.uploadId,
      etag,
      crc64: crc64(bytes).toString(),
      size: bytes.byteLength,
      answer: { uploadId: result.uploadId },
    });
    expect(etag).toMatch(/-11$/);
    expect(await world.audit.get(result.uploadId)).toMatchObject({
      status: 'completed',
      operation: 'CompleteMultipartUpload',
      owner: 'u1',
      size: bytes.byteLength,
    });
    expect(progress).toEqual(progress.toSorted(numerically));
    expect(progress.at(-1)).toBe(bytes.byteLength);
    expect(partsSeen().toSorted(numerically)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it.each([0, 1, PART])('sends a file of %i bytes with one PUT', async (sizeBytes) => {
    const { bytes, object, request } = await newFile(sizeBytes);
    const progress: number[] = [];
    const result = await upload({ ...request, onProgress: (one) => progress.push(one.sentBytes) });
    expect(result).toMatchObject({ size: sizeBytes, crc64: crc64(bytes).toString() });
    expect(stored(object)).toMatchObject({ type: 'Normal', size: sizeBytes });
    expect([count('put'), count('initiate')]).toEqual([1, 0]);
    expect(progress).toEqual(sizeBytes === 0 ? [] : [sizeBytes]);
  });

  it('has as many parts under way as it may, and no more', async () => {
    const { request } = await newFile();
    let underWay = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    faulty.fate = async ({ operation }) => {
      if (operation !== 'part') return undefined;
      underWay += 1;
      most = Math.max(most, underWay);
      // The first three wait for each other; then all go on.
      if (most < 3) await new Promise<void>((resolve) => waiting.push(resolve));
      else for (const go of waiting.splice(0)) go();
      underWay -= 1;
      return undefined;
    };
    await upload(request);
    expect(most).toBe(3);
  });

  it.each<[string, Partial<UploadFileRequest>, string]>([
    ['a file that is not there', { path: '/nowhere/file' }, '"path" cannot be read'],
    ['a folder', { path: tmpdir() }, '"path" is not a file'],
    ['no parallel parts', { parallel: 0 }, '"parallel"'],
    ['half a part', { parallel: 1.5 }, '"parallel"'],
    ['small parts', { partSizeBytes: 5 }, '"partSizeBytes"'],
    ['a file that is too large', { maxSizeBytes: 5 }, '"path" has'],
    ['a file that is too small', { minSizeBytes: 10 ** 9 }, '"path" has'],
    ['a checkpoint in no folder', { checkpointPath: '/nowhere/c' }, '"checkpointPath" cannot be'],
    ['a type that is not exact', { contentTypes: ['image/*'] }, '"contentType"'],
  ])('refuses %s before anything is written or sent', async (_what, more, message) => {
    const before = await world.dataSource.manager.count(OssUploadTicket);
    const { request } = await newFile();
    const error = await failure({ ...request, ...more });
    expect(error.code).toBe('INVALID_UPLOAD_REQUEST');
    expect(error.message).toContain(message);
    expect(faulty.seen).toEqual([]);
    expect(await world.dataSource.manager.count(OssUploadTicket)).toBe(before);
  });
});

/** Fails the first request of each operation. */
function onceEach(fate: 'refuse' | 'lose-answer' | 'damage' | 503, operations: string[]) {
  const done = new Set<string>();
  return ({ operation }: OssRequestSeen) => {
    if (!operations.includes(operation) || done.has(operation)) return undefined;
    done.add(operation);
    return fate;
  };
}

describe('on a bad connection, uploadFile', () => {
  it.each(['refuse', 'lose-answer', 503] as const)(
    'sends again what may be sent twice (%s)',
    async (fate) => {
      const { object, request, bytes } = await newFile();
      faulty.fate = onceEach(fate, ['initiate', 'part']);
      const progress: number[] = [];
      await upload({ ...request, onProgress: ({ sentBytes }) => progress.push(sentBytes) });
      expect(stored(object)?.bytes.equals(bytes)).toBe(true);
      expect([count('initiate'), count('part'), count('complete')]).toEqual([2, 6, 1]);
      expect(progress).toEqual(progress.toSorted(numerically));
      expect(progress.at(-1)).toBe(bytes.byteLength);
    },
  );

  it('sends a part again that arrived with other bytes', async () => {
    const { object, request, bytes } = await newFile();
    faulty.fate = onceEach('damage', ['part']);
    await upload(request);
    expect(stored(object)?.bytes.equals(bytes)).toBe(true);
    expect(count('part')).toBe(6);
  });

  it('completes once, and says that the outcome is unknown when the answer gets lost', async () => {
    const { object, request } = await newFile();
    faulty.fate = onceEach('lose-answer', ['complete']);
    const error = await failure(request);
    expect(error).toMatchObject({
      code: 'OSS_UNAVAILABLE',
      message: expect.stringContaining('Do not upload it again: check the status of upload'),
    });
    expect([count('complete'), count('abort')]).toEqual([1, 0]);
    const { uploadId } = error.details as { uploadId: string };
    expect(stored(object)?.metadata).toEqual({ 'upload-id': uploadId });
    await expect.poll(async () => (await world.audit.get(uploadId))?.status).toBe('completed');
  });

  it('completes once where OSS fails', async () => {
    const { object, request } = await newFile();
    faulty.fate = ({ operation }) => (operation === 'complete' ? 500 : undefined);
    const error = await failure(request);
    expect(error).toMatchObject({
      code: 'OSS_UNAVAILABLE',
      details: { status: 500, uploadId: expect.any(String) },
    });
    expect(count('complete')).toBe(1);
    expect(stored(object)).toBeUndefined();
  });

  it('reports a callback that failed, with what is stored', async () => {
    const { object, request } = await newFile();
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const error = await failure(request);
    const { etag, crc64: sum } = stored(object)!;
    expect(error).toMatchObject({
      code: 'CALLBACK_FAILED',
      details: { etag, crc64: sum, ossCode: 'CallbackFailed', uploadId: expect.any(String) },
    });
    expect([count('complete'), count('abort')]).toEqual([1, 0]);
  });

  it('removes the parts when it gives up', async () => {
    const { object, request } = await newFile();
    faulty.fate = ({ operation, partNumber }) =>
      operation === 'part' && partNumber === 4 ? 403 : undefined;
    const error = await failure(request);
    expect(error).toMatchObject({ code: 'OSS_REFUSED', details: { status: 403 } });
    expect(error.message).toContain('part 4');
    expect(stored(object)).toBeUndefined();
    expect([count('complete'), count('abort')]).toEqual([0, 2]); // the second finds nothing left
  });
});

describe('an upload that is stopped', () => {
  it('ends at once with the reason, and leaves no parts', async () => {
    const { object, request, checkpointPath } = await newFile();
    const stop = new AbortController();
    const reason = new Error('enough');
    const uploading = upload({
      ...request,
      checkpointPath,
      signal: stop.signal,
      onProgress: ({ sentBytes }) => {
        if (sentBytes > 2 * PART) stop.abort(reason);
      },
    });
    await expect(uploading).rejects.toBe(reason);
    expect(stored(object)).toBeUndefined();
    expect(count('complete')).toBe(0);
    expect(faulty.seen.at(-1)?.operation).toBe('abort');
    expect(count('abort')).toBeGreaterThanOrEqual(2);
    expect(await readdir(folder)).not.toContain('checkpoint.json');
  });

  it('does not begin where it is stopped before', async () => {
    const { request } = await newFile();
    const reason = new Error('enough');
    await expect(upload({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(faulty.seen).toEqual([]);
  });

  it('during the completion, does not claim to know how that went', async () => {
    const { request } = await newFile();
    const stop = new AbortController();
    faulty.fate = ({ operation }) => {
      if (operation === 'complete') stop.abort(new Error('enough'));
      return undefined;
    };
    expect(await failure({ ...request, signal: stop.signal })).toMatchObject({
      code: 'OSS_UNAVAILABLE',
      details: { uploadId: expect.any(String) },
    });
  });

  it('ends where its listener throws', async () => {
    const { object, request } = await newFile();
    const uploading = upload({
      ...request,
      onProgress: () => {
        throw new Error('the listener is broken');
      },
    });
    await expect(uploading).rejects.toThrow('the listener is broken');
    expect(stored(object)).toBeUndefined();
    expect(count('abort')).toBe(2);
  });

  it('ends where the file changes meanwhile', async () => {
    const { object, path, request } = await newFile();
    faulty.fate = async ({ operation, partNumber }) => {
      if (operation === 'part' && partNumber === 5) await utimes(path, 1, 1);
      return undefined;
    };
    const error = await failure(request);
    expect(error).toMatchObject({ code: 'INVALID_UPLOAD_REQUEST' });
    expect(error.message).toContain('was changed during the upload');
    expect(stored(object)).toBeUndefined();
    expect([count('complete'), count('abort')]).toEqual([0, 2]);
  });
});

describe('an upload with a checkpoint', () => {
  /** An upload that fails when some parts have arrived, as if its process had been killed. */
  async function interrupted(more: Partial<UploadFileRequest> = {}) {
    const file = await newFile();
    const request = { ...file.request, checkpointPath: file.checkpointPath, ...more };
    faulty.fate = ({ partNumber }) =>
      partNumber !== undefined && partNumber > 3 ? 403 : undefined;
    // one after the other, so that no part is under way when one is refused
    expect(await failure({ ...request, parallel: 1 })).toMatchObject({ code: 'OSS_REFUSED' });
    const arrived = partsSeen().filter((number) => number <= 3);
    faulty.fate = () => undefined;
    faulty.seen = [];
    return { ...file, request, arrived };
  }

  it('goes on with the parts that are missing, under the same upload id', async () => {
    const { bytes, object, request, checkpointPath, arrived } = await interrupted();
    const { uploadId } = JSON.parse(await readFile(checkpointPath, 'utf8')) as {
      uploadId: string;
    };
    const progress: number[] = [];
    const result = await upload({
      ...request,
      onProgress: ({ sentBytes }) => progress.push(sentBytes),
    });
    expect(result).toMatchObject({ uploadId, answer: { uploadId } });
    expect(stored(object)?.bytes.equals(bytes)).toBe(true);
    expect(count('initiate')).toBe(0);
    expect(partsSeen().toSorted(numerically)).toEqual(
      [1, 2, 3, 4, 5].filter((one) => !arrived.includes(one)),
    );
    expect(progress.at(-1)).toBe(bytes.byteLength);
    expect(await readdir(folder)).not.toContain('checkpoint.json');
    expect(await world.audit.get(uploadId)).toMatchObject({ status: 'completed' });
  });

  it('keeps a file for its owner alone, without a secret', async () => {
    const { checkpointPath } = await interrupted();
    const text = await readFile(checkpointPath, 'utf8');
    expect((await stat(checkpointPath)).mode & 0o777).toBe(0o600);
    expect(Object.keys(JSON.parse(text) as object).toSorted()).toEqual(
      'kind modifiedAt ossUploadId signedAt sizeBytes target uploadId'.split(' '),
    );
    const { accessKeySecret } = world.oss.credentials[0]!;
    for (const secret of [TICKET_SECRET, accessKeySecret]) expect(text).not.toContain(secret);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('sends parts again that hold other bytes than the file', async () => {
    const { path, bytes, object, request, arrived } = await interrupted();
    const { atimeMs, mtimeMs } = await stat(path);
    // Another file of the same size and time: only the bytes tell.
    const other = randomBytes(bytes.byteLength);
    const kept = arrived[0]! - 1;
    other.set(bytes.subarray(kept * PART, kept * PART + PART), kept * PART);
    await writeFile(path, other);
    await utimes(path, atimeMs / 1000, mtimeMs / 1000);
    await rewriteTime(request.checkpointPath, path);
    await upload(request);
    expect(stored(object)?.bytes.equals(other)).toBe(true);
    expect(count('initiate')).toBe(0);
    expect(partsSeen()).toHaveLength(4);
  });

  it.each<[string, (path: string) => Promise<unknown>, Partial<UploadFileRequest>, number]>([
    ['the file was written to', (path) => utimes(path, 1, 1), {}, 1],
    ['the file has another size', (path) => writeFile(path, randomBytes(3 * PART)), {}, 1],
    ['the parts are to have another size', async () => undefined, { partSizeBytes: 2 * PART }, 0],
    ['the owner is another', async () => undefined, { owner: 'u2' }, 0],
    ['the type is another', async () => undefined, { contentType: 'a/b' }, 0],
    ['the storage class is another', async () => undefined, { storageClass: 'IA' }, 0],
    ['the tags are others', async () => undefined, { tagging: { a: 'b' } }, 0],
    ['the metadata is other', async () => undefined, { metadata: { a: 'b' } }, 0],
    ['the encryption is another', async () => undefined, { serverSideEncryption: 'AES256' }, 0],
    ['the caching is another', async () => undefined, { cacheControl: 'no-store' }, 0],
    ['the object is another', async () => undefined, { object: 'files/another.bin' }, 0],
  ])('begins anew where %s', async (_what, change, more, aborted) => {
    const { path, request } = await interrupted();
    await change(path);
    const changed = { ...request, ...more };
    await upload({ ...changed, overwrite: changed.overwrite });
    expect(stored(changed.object)?.bytes.equals(await readFile(path))).toBe(true);
    expect(count('initiate')).toBe(1);
    expect(count('abort')).toBe(2 * aborted); // parts of the same target that are never used
  });

  it('begins anew where OSS has forgotten the upload', async () => {
    const { object, request, bytes } = await interrupted();
    const { ossUploadId: forgotten } = JSON.parse(
      await readFile(request.checkpointPath, 'utf8'),
    ) as { ossUploadId: string };
    await writeFile(
      request.checkpointPath,
      (await readFile(request.checkpointPath, 'utf8')).replace(forgotten, 'FORGOTTEN'),
    );
    await upload(request);
    expect(stored(object)?.bytes.equals(bytes)).toBe(true);
    expect(count('initiate')).toBe(1);
  });

  it('does not upload again what an earlier process has stored', async () => {
    const { object, request, checkpointPath } = await newFile();
    faulty.fate = onceEach('lose-answer', ['complete']);
    const first = await failure({ ...request, checkpointPath });
    expect(first.code).toBe('OSS_UNAVAILABLE');
    const { etag } = stored(object)!;
    const second = await failure({ ...request, checkpointPath });
    expect(second).toMatchObject({
      code: 'ANSWER_UNREADABLE',
      details: { uploadId: first.details.uploadId, etag },
    });
    expect([count('initiate'), count('complete')]).toEqual([1, 1]);
    expect(await readdir(folder)).not.toContain('checkpoint.json');
  });

  it('completes where only the completion was missing', async () => {
    const { object, request, checkpointPath } = await newFile();
    faulty.fate = onceEach('refuse', ['complete']);
    const first = await failure({ ...request, checkpointPath });
    const result = await upload({ ...request, checkpointPath });
    expect(result.uploadId).toBe(first.details.uploadId);
    expect([count('initiate'), count('part'), count('complete')]).toEqual([1, 5, 2]);
    expect(stored(object)).toBeDefined();
  });

  it('leaves a file alone that is no checkpoint', async () => {
    const { path, request, bytes } = await newFile();
    const error = await failure({ ...request, checkpointPath: path });
    expect(error.message).toContain('"checkpointPath" names a file that is not a checkpoint');
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });
});

/** The checkpoint as it would be, had the file had this time from the start. */
async function rewriteTime(checkpointPath: string, path: string): Promise<void> {
  const checkpoint = JSON.parse(await readFile(checkpointPath, 'utf8')) as object;
  const { mtimeNs } = await stat(path, { bigint: true });
  await writeFile(checkpointPath, JSON.stringify({ ...checkpoint, modifiedAt: String(mtimeNs) }));
}
