import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompletedUpload, OssCallback, type OssUpload } from '../../src/index.js';
import { crc64 } from '../../src/protocol/crc64.js';
import { BUCKET, startTestApp, type TestApp } from '../support/test-app.js';

const KB = 1024;

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { id: upload.id };
  }
}

let world: TestApp;
let folder: string;

beforeAll(async () => {
  world = await startTestApp({ controllers: [CallbackController] });
  folder = await mkdtemp(join(tmpdir(), 'upload-file-'));
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true });
});

async function writeBytes(name: string, sizeBytes: number) {
  const bytes = randomBytes(sizeBytes);
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { path, bytes };
}

it('uploads a file in parts and gives the answer of the callback', async () => {
  const { path, bytes } = await writeBytes('a.bin', 1_000 * KB + 5);
  const progress: number[] = [];
  const result = await world.uploads.uploadFile({
    object: 'a.bin',
    path,
    partSizeBytes: 100 * KB,
    parallel: 3,
    owner: 'u1',
    onProgress: ({ sentBytes, totalBytes }) => {
      expect(totalBytes).toBe(bytes.byteLength);
      progress.push(sentBytes);
    },
  });
  const stored = world.oss.objects.get(BUCKET, 'a.bin')!;
  expect(stored.bytes.equals(bytes)).toBe(true);
  expect(result).toEqual({
    uploadId: result.uploadId,
    etag: stored.etag,
    crc64: crc64(bytes).toString(),
    size: bytes.byteLength,
    answer: { id: result.uploadId },
  });
  expect(result.etag).toMatch(/-11$/);
  expect(await world.audit.get(result.uploadId)).toMatchObject({
    status: 'completed',
    operation: 'CompleteMultipartUpload',
    owner: 'u1',
    size: bytes.byteLength,
  });
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress.at(-1)).toBe(bytes.byteLength);
});
