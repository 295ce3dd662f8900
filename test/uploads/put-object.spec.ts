import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OssUploadTicket, type PutObjectRequest } from '../../src/index.js';
import { crc64 } from '../../src/protocol/checksum/crc64.js';
import { BUCKET } from '../support/test-app.js';
import { useAppWithFaultyOss } from './faulty-oss.js';

const text = 'a text of some length';
const { world, faulty } = useAppWithFaultyOss();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-object-'));
  await writeFile(join(folder, 'file.txt'), text);
});
afterAll(() => rm(folder, { recursive: true }));

let uploads = 0;
const newObject = () => `put/${(uploads += 1)}.txt`;
const stored = (object: string) => world.oss.objects.get(BUCKET, object);

const puts = (object: string) =>
  faulty.seen.filter((seen) => seen.operation === 'put' && seen.object === object);

type Body = Pick<PutObjectRequest, 'body' | 'sizeBytes'>;
const stream = (...chunks: string[]) => Readable.from(chunks);
const halves = () => stream(text.slice(0, 9), text.slice(9));
const sizeBytes = text.length;

describe('putObject', () => {
  it.each<[string, () => Body, 'chunked' | 'with its length']>([
    ['a text', () => ({ body: text }), 'with its length'],
    ['bytes', () => ({ body: Buffer.from(text) }), 'with its length'],
    ['a file', () => ({ body: { file: join(folder, 'file.txt') } }), 'with its length'],
    ['a stream', () => ({ body: halves() }), 'chunked'],
    ['a stream of a known size', () => ({ body: halves(), sizeBytes }), 'with its length'],
    ['a file stream', () => ({ body: createReadStream(join(folder, 'file.txt')) }), 'chunked'],
    ['a web stream', () => ({ body: new Blob([text]).stream() }), 'chunked'],
    [
      'a web stream of a known size',
      () => ({ body: new Blob([text]).stream(), sizeBytes }),
      'with its length',
    ],
  ])('takes %s', async (_what, body, framing) => {
    const object = newObject();
    const result = await world.uploads.putObject({ object, contentType: 'text/plain', ...body() });
    expect(result).toEqual({
      uploadId: result.uploadId,
      etag: stored(object)!.etag,
      crc64: crc64(Buffer.from(text)).toString(),
      size: sizeBytes,
      answer: { uploadId: result.uploadId },
    });
    expect(stored(object)!.bytes.toString()).toBe(text);
    expect(puts(object).map(({ framing: seen }) => seen)).toEqual([framing]);
    expect(await world.audit.get(result.uploadId)).toMatchObject({
      status: 'completed',
      operation: 'PutObject',
      size: sizeBytes,
      mimeType: 'text/plain',
    });
    const isKnown = framing === 'with its length';
    const ticket = { id: result.uploadId };
    expect(await world.dataSource.manager.findOneBy(OssUploadTicket, ticket)).toMatchObject(
      isKnown ? { minSizeBytes: sizeBytes, maxSizeBytes: sizeBytes } : { minSizeBytes: 0 },
    );
  });

  it('takes an empty stream', async () => {
    const object = newObject();
    expect(await world.uploads.putObject({ object, body: stream() })).toMatchObject({ size: 0 });
    expect(stored(object)?.size).toBe(0);
  });

  it.each<[string, () => Body & Partial<PutObjectRequest>, string]>([
    ['more than it declared', () => ({ body: halves(), sizeBytes: 9 }), '"sizeBytes"'],
    ['less than it declared', () => ({ body: halves(), sizeBytes: 99 }), '"sizeBytes"'],
    ['more than it may have', () => ({ body: halves(), maxSizeBytes: 20 }), 'more than 20 bytes'],
    ['less than it must have', () => ({ body: halves(), minSizeBytes: 22 }), 'less than 22 bytes'],
    ['objects', () => ({ body: Readable.from([{}]) as never }), 'something other than bytes'],
  ])('stores nothing of a stream with %s', async (_what, body, message) => {
    const object = newObject();
    const callbacks = world.oss.callbacks.length;
    const request = { object, ...body() };
    await expect(world.uploads.putObject(request)).rejects.toMatchObject({
      code: 'INVALID_UPLOAD_REQUEST',
      message: expect.stringContaining(message),
    });
    expect((request.body as Readable).destroyed).toBe(true);
    // One more upload through the same connection shows that OSS is done with the broken one.
    await world.uploads.putObject({ object: newObject(), body: text });
    expect(stored(object)).toBeUndefined();
    expect(world.oss.callbacks).toHaveLength(callbacks + 1);
  });

  it.each<[string, () => Body & Partial<PutObjectRequest>, string]>([
    ['nothing', () => ({ body: undefined as never }), '"body"'],
    ['a number', () => ({ body: 5 as never }), '"body"'],
    ['a file that is not there', () => ({ body: { file: '/nowhere/file' } }), '"body" cannot be'],
    ['a folder', () => ({ body: { file: tmpdir() } }), '"body" is not a file'],
    ['another size than its own', () => ({ body: text, sizeBytes: 5 }), '"sizeBytes"'],
    ['a size that is none', () => ({ body: halves(), sizeBytes: -1 }), '"sizeBytes"'],
    ['more than OSS takes', () => ({ body: halves(), sizeBytes: 6 * 1024 ** 3 }), 'uploadFile'],
    ['a size it may not have', () => ({ body: halves(), sizeBytes, maxSizeBytes: 5 }), 'outside'],
    ['a text it may not have', () => ({ body: text, maxSizeBytes: 5 }), 'outside'],
    [
      'a file it may not have',
      () => ({ body: { file: join(folder, 'file.txt') }, maxSizeBytes: 5 }),
      'outside',
    ],
  ])('refuses %s before anything is written or sent', async (_what, body, message) => {
    const before = await world.dataSource.manager.count(OssUploadTicket);
    await expect(world.uploads.putObject({ object: newObject(), ...body() })).rejects.toMatchObject(
      {
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringContaining(message),
      },
    );
    expect(puts(`put/${uploads}.txt`)).toEqual([]);
    expect(await world.dataSource.manager.count(OssUploadTicket)).toBe(before);
  });

  it('passes on what the stream throws, and stores nothing', async () => {
    const object = newObject();
    const body = Readable.from(
      (async function* () {
        yield text;
        throw new Error('the disk is gone');
      })(),
    );
    await expect(world.uploads.putObject({ object, body })).rejects.toThrow('the disk is gone');
    expect(stored(object)).toBeUndefined();
  });

  it.each(['refuse', 'lose-answer', 503, 500] as const)('is sent once (%s)', async (fate) => {
    for (const body of [text, halves()]) {
      const object = newObject();
      faulty.fate = ({ operation }) => (operation === 'put' ? fate : undefined);
      await expect(world.uploads.putObject({ object, body })).rejects.toMatchObject({
        code: 'OSS_UNAVAILABLE',
        message: expect.stringContaining('Do not upload it again: check the status of upload'),
        details: { uploadId: expect.any(String) },
      });
      expect(puts(object)).toHaveLength(1);
    }
  });

  it('tells other bytes from its own', async () => {
    faulty.fate = ({ operation }) => (operation === 'put' ? 'damage' : undefined);
    for (const body of [text, halves()]) {
      const object = newObject();
      const uploading = world.uploads.putObject({ object, body });
      await expect(uploading).rejects.toMatchObject({
        code: 'OBJECT_MISMATCH',
        details: {
          uploadId: expect.any(String),
          expectedCrc64: crc64(Buffer.from(text)).toString(),
        },
      });
    }
  });

  it('ends when it is told to, though its stream gives nothing', async () => {
    const stop = new AbortController();
    const body = new Readable({
      read() {
        setImmediate(() => stop.abort(new Error('enough')));
      },
    });
    const object = newObject();
    await expect(
      world.uploads.putObject({ object, body, signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'OSS_UNAVAILABLE' });
    expect(body.destroyed).toBe(true);
    expect(stored(object)).toBeUndefined();
  });

  it('takes the answer of an OSS that does not wait for the end of the body', async () => {
    const object = newObject();
    await world.oss.objects.put({ bucket: BUCKET, object, body: 'old' });
    let given = 0;
    const endless = async function* () {
      for (;;) {
        given += 1;
        yield Buffer.alloc(64 * 1024);
      }
    };
    await expect(
      world.uploads.putObject({ object, body: endless(), contentType: 'a/b' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^OSS_/) });
    expect(given).toBeGreaterThan(0);
    expect(stored(object)?.size).toBe(3);
  });
});
