import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { crc64 } from '../../src/protocol/checksum/crc64.js';
import { createMigratedDatabase } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import { killAndResume } from './kill-and-resume.js';
import type { UploadJob } from './messages.js';
import { type OssProcess, startOssProcess, startUpload, writeRandomFile } from './programs.js';

// The short form of `npm run test:soak`.
const MB = 1024 * 1024;
const SIZE_BYTES = 64 * MB;

let folder: string;
let database: TestDatabase;
let oss: OssProcess;
let job: Omit<UploadJob, 'object' | 'way'>;
let expected: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oss-soak-'));
  const path = join(folder, 'file.bin');
  await writeRandomFile(path, SIZE_BYTES);
  expected = crc64(await readFile(path)).toString();
  [database, oss] = await Promise.all([
    createMigratedDatabase(),
    startOssProcess(join(folder, 'oss')),
  ]);
  job = {
    ossUrl: oss.url,
    publicKey: oss.publicKey,
    databaseUrl: database.url,
    path,
    partSizeBytes: MB,
    parallel: 4,
  };
});
afterAll(async () => {
  await oss.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

it('uploads a file within little memory', async () => {
  const report = await startUpload({ ...job, way: 'uploadFile', object: 'whole.bin' }).done;
  expect(report?.crc64).toBe(expected);
  // Of a file of 64 MB nothing near its size may be held.
  expect((report!.rssPeak - report!.rssBefore) / MB).toBeLessThan(48);
});

it('goes on where a killed process was', async () => {
  const killed = await killAndResume(
    oss,
    { ...job, object: 'killed.bin', checkpointPath: join(folder, 'checkpoint.json') },
    SIZE_BYTES / MB,
  );
  expect(killed).toMatchObject({ crc64: expected, twice: 0 });
  expect(killed.before).toBeGreaterThanOrEqual(39);
  expect(killed.before + killed.after).toBe(64);
  await expect(readFile(join(folder, 'checkpoint.json'))).rejects.toThrow('ENOENT');
});
