import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileContentStore } from './file-content.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-content-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('a file is opened when its stream is read, and not before', async () => {
  const store = new FileContentStore(folder);
  const received = await store.receive(Readable.from([Buffer.from('content')]));
  const { content } = received!;
  await content.discard();
  const path = join(folder, content.name);

  const stream = content.stream(0, 3);
  for (let look = 0; look < 20; look++) await expect(access(path)).rejects.toThrow('ENOENT');
  await writeFile(path, 'other bytes');
  expect(await text(stream)).toBe('othe');
});

it('a file that is gone is an error of the reader', async () => {
  const store = new FileContentStore(folder);
  const received = await store.receive(Readable.from([Buffer.from('content')]));
  await received!.content.discard();
  await expect(text(received!.content.stream(0, 3))).rejects.toThrow('ENOENT');
});
