import { Readable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import type { UploadedPart } from './multipart-upload.js';
import { MultipartUploads } from './multipart-uploads.js';

const begin = (uploads: MultipartUploads) =>
  uploads.begin({
    bucket: 'b',
    object: 'o',
    sequential: false,
    initiatedAt: new Date(),
    mimeType: '',
    metadata: {},
    headers: {},
  });

function partOf(number: number) {
  const discard = vi.fn(async () => undefined);
  const content = {
    sizeBytes: 1,
    name: '',
    bytes: () => Buffer.from('x'),
    beginning: () => Buffer.from('x'),
    stream: () => Readable.from([]),
    discard,
  };
  const received = { content, sizeBytes: 1, md5: Buffer.alloc(16), crc64: 0n };
  const part: UploadedPart = { number, etag: 'E', received, uploadedAt: new Date() };
  return { part, discard };
}

it('throws away a part that arrives after its upload has ended', async () => {
  const uploads = new MultipartUploads();
  const upload = await begin(uploads);
  await uploads.end(upload);
  const { part, discard } = partOf(1);
  expect(await uploads.addPart(upload, part)).toBe(false);
  expect(discard).toHaveBeenCalledOnce();
  expect(upload.parts.size).toBe(0);
});

it('finds an upload again whose completion failed, and not while it runs', async () => {
  const uploads = new MultipartUploads();
  const upload = await begin(uploads);
  const { part, discard } = partOf(1);
  await uploads.addPart(upload, part);
  const failing = uploads.complete(upload, async () => {
    expect(uploads.find(upload.id, upload)).toBeUndefined();
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(uploads.find(upload.id, upload)).toBe(upload);
  expect(discard).not.toHaveBeenCalled();
  expect(await uploads.complete(upload, async () => 'done')).toBe('done');
  expect(discard).toHaveBeenCalledOnce();
});
