import { randomBytes } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CompletedUpload,
  encodeCallback,
  type MultipartAuthorisation,
  type MultipartRequest,
  OssCallback,
  type OssUpload,
  OssUploadTicket,
} from '../../src/index.js';
import { BUCKET, useTestApp } from '../support/test-app.js';

const KB = 1024;
const PART = 100 * KB;

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() upload: OssUpload) {
    return { id: upload.id, size: upload.size };
  }
}

let uploads = 0;
const newObject = () => `multipart/${(uploads += 1)}.bin`;

interface Sent {
  method?: string;
  url: string;
  headers?: Record<string, string>;
}

/** Sends as browsers do: with the headers that it was given, and nothing else. */
async function send({ method, url, headers }: Sent, body?: Uint8Array) {
  const bytes = body && new Uint8Array(body);
  const response = await fetch(url, { method, headers, ...(bytes && { body: bytes }) });
  const text = await response.text();
  const code = /<Code>(.*)<\/Code>/.exec(text)?.[1];
  return { status: response.status, code, text };
}

/** Sends the file in its parts, cut as the authorisation says. */
async function sendParts({ parts, partSize }: MultipartAuthorisation, file: Uint8Array) {
  for (const part of parts) {
    const start = (part.partNumber - 1) * partSize;
    const body = file.subarray(start, start + part.sizeBytes);
    expect(body.byteLength).toBe(part.sizeBytes);
    expect(await send(part, body)).toMatchObject({ status: 200 });
  }
}

describe('a multipart upload of a client', () => {
  const world = useTestApp({ controllers: [CallbackController] });

  it('goes from the authorisation to the row', async () => {
    const file = randomBytes(3 * PART + 7);
    const object = newObject();
    const authorised = await world.uploads.authorizeMultipart({
      object,
      sizeBytes: file.byteLength,
      partSizeBytes: PART,
      contentTypes: ['video/mp4'],
      owner: 'u1',
    });
    expect(authorised).toMatchObject({ partSize: PART, partCount: 4 });
    expect(authorised.nextPartNumber).toBeUndefined();
    await sendParts(authorised, file);
    const listed = await send(authorised.listParts);
    expect(listed.text.match(/<PartNumber>/g)).toHaveLength(4);

    const answer = await send(authorised.complete);
    expect(answer).toMatchObject({
      status: 200,
      text: JSON.stringify({ id: authorised.uploadId, size: file.byteLength }),
    });
    const stored = world.oss.objects.get(BUCKET, object)!;
    expect(stored.bytes.equals(file)).toBe(true);
    expect(stored).toMatchObject({ mimeType: 'video/mp4', type: 'Multipart' });
    expect(stored.metadata).toEqual({ 'upload-id': authorised.uploadId });
    expect(await world.audit.get(authorised.uploadId)).toMatchObject({
      status: 'completed',
      operation: 'CompleteMultipartUpload',
      owner: 'u1',
      size: file.byteLength,
      mimeType: 'video/mp4',
      etag: stored.etag,
      confirmedAt: expect.any(Date),
    });
  });
});

describe('authorizeMultipart', () => {
  const world = useTestApp({ controllers: [CallbackController] });
  afterEach(() => world.oss.faults.clear());

  const authorise = (more: Partial<MultipartRequest> = {}) =>
    world.uploads.authorizeMultipart({
      object: newObject(),
      sizeBytes: 2 * PART,
      partSizeBytes: PART,
      ...more,
    });
  const rowOf = (id: string) => world.audit.get(id);

  it('gives the parts of a large upload page by page, and the handle leads to all of them', async () => {
    const file = randomBytes(64);
    const first = await authorise({ sizeBytes: 1_002 * PART - 1 });
    expect(first.parts).toHaveLength(1_000);
    expect(first).toMatchObject({ partCount: 1_002, nextPartNumber: 1_001 });
    const { handle } = first;
    const rest = await world.uploads.authorizeParts({ handle, from: first.nextPartNumber! });
    expect(rest).toMatchObject({ uploadId: first.uploadId, expiresAt: first.expiresAt });
    expect(rest.parts.map(({ partNumber, sizeBytes }) => [partNumber, sizeBytes])).toEqual([
      [1_001, PART],
      [1_002, PART - 1],
    ]);
    expect(rest.nextPartNumber).toBeUndefined();
    expect(await send(rest.parts[1]!, file)).toMatchObject({ status: 200 });
    const some = await world.uploads.authorizeParts({ handle, from: 2, to: 3 });
    expect(some.parts.map(({ partNumber }) => partNumber)).toEqual([2, 3]);
    expect(some.nextPartNumber).toBe(4);
    const listed = async ({ listParts }: Pick<MultipartAuthorisation, 'listParts'>) =>
      [...(await send(listParts)).text.matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => number);
    expect(await send(first.parts[6]!, file)).toMatchObject({ status: 200 });
    expect(await listed(first)).toEqual(['7', '1002']);
    expect(await listed(rest)).toEqual(['1002']); // what a client that comes back asks page by page
  });

  it('refuses handles of others, and parts that the upload does not have', async () => {
    const { handle } = await authorise();
    const parts = (text: string, from = 1, to?: number) =>
      world.uploads.authorizeParts({ handle: text, from, to });
    const [content = '', seal = ''] = handle.split('.');
    const other = Buffer.from(content, 'base64url').toString().replace('multipart/', 'multipurt/');
    for (const forged of [
      '',
      'x',
      content,
      `${content}.`,
      `${Buffer.from(other).toString('base64url')}.${seal}`,
      `${content}.${seal.slice(0, -2)}AA`,
    ]) {
      await expect(parts(forged)).rejects.toMatchObject({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringContaining('"handle" was not issued by this app'),
      });
    }
    await expect(parts({ toString: () => handle } as never)).rejects.toMatchObject({
      code: 'INVALID_UPLOAD_REQUEST',
      message: expect.stringContaining('"handle" must be a string, not an object'),
    });
    for (const [from, to] of [[0], [3], [1.5], [1, 3], [2, 1], [NaN]] as [number, number?][]) {
      await expect(parts(handle, from, to)).rejects.toMatchObject({
        code: 'INVALID_UPLOAD_REQUEST',
      });
    }
  });

  it.each<[string, Partial<MultipartRequest>, string]>([
    ['no size', { sizeBytes: undefined }, 'sizeBytes'],
    ['half a byte', { sizeBytes: 0.5 }, 'sizeBytes'],
    ['nothing', { sizeBytes: 0 }, 'sizeBytes'],
    ['more than the request allows', { maxSizeBytes: 5 }, 'sizeBytes'],
    ['less than the request wants', { minSizeBytes: 3 * PART }, 'sizeBytes'],
    ['more than OSS takes', { sizeBytes: 10_000 * 5 * 1024 ** 3 + 1 }, 'sizeBytes'],
    ['small parts', { partSizeBytes: PART - 1 }, 'partSizeBytes'],
    ['huge parts', { partSizeBytes: 5 * 1024 ** 3 + 1 }, 'partSizeBytes'],
    ['too many parts', { sizeBytes: 10_000 * PART + 1 }, 'partSizeBytes'],
    ['a type that is not exact', { contentTypes: ['image/*'] }, 'contentType'],
    ['no object', { object: '' }, 'object'],
  ])('refuses %s before anything is written or sent', async (_what, more, field) => {
    const before = await world.dataSource.manager.count(OssUploadTicket);
    const requests: string[] = [];
    const listen = ({ target }: { target: string }) => requests.push(target);
    world.oss.events.on('request', listen);
    await expect(authorise(more)).rejects.toMatchObject({
      code: 'INVALID_UPLOAD_REQUEST',
      message: expect.stringContaining(`"${field}"`),
    });
    world.oss.events.off('request', listen);
    expect(requests).toEqual([]);
    expect(await world.dataSource.manager.count(OssUploadTicket)).toBe(before);
  });

  it('leaves an open ticket and nothing else where OSS does not begin the upload', async () => {
    const object = newObject();
    await world.oss.objects.put({ bucket: BUCKET, object, body: 'old' });
    await expect(authorise({ object })).rejects.toMatchObject({
      code: 'OSS_REFUSED',
      details: { ossCode: 'FileAlreadyExists', status: 409 },
    });
    const row = await world.dataSource.manager.findOneByOrFail(OssUploadTicket, { object });
    expect(row.status).toBe('open');
    expect(await rowOf(row.id)).toBeNull();
  });

  describe('against a client that', () => {
    it('uploads more than it declared: the upload is rejected', async () => {
      const authorised = await authorise();
      await sendParts(authorised, randomBytes(2 * PART));
      await send(authorised.parts[1]!, randomBytes(PART + 1));
      const answer = await send(authorised.complete);
      expect(answer.status).toBe(203);
      expect(await rowOf(authorised.uploadId)).toMatchObject({ status: 'rejected' });
    });

    it('uploads less: the upload is rejected', async () => {
      const authorised = await authorise();
      await send(authorised.parts[0]!, randomBytes(PART));
      expect((await send(authorised.complete)).status).toBe(203);
      expect(await rowOf(authorised.uploadId)).toMatchObject({ status: 'rejected' });
    });

    it('cuts parts too small: OSS refuses', async () => {
      const authorised = await authorise();
      for (const part of authorised.parts) await send(part, randomBytes(PART - 1));
      expect(await send(authorised.complete)).toMatchObject({ code: 'EntityTooSmall' });
      expect(await rowOf(authorised.uploadId)).toBeNull();
    });

    type Change = (complete: MultipartAuthorisation['complete']) => Sent;
    const other = encodeCallback({ urls: ['http://127.0.0.1:1/'], body: 'a=b' }, { 'x:a': 'b' });
    /** Without a value it is left out. */
    const withQuery =
      (name: string, value?: string): Change =>
      ({ url, ...rest }) => {
        const changed = new URL(url);
        if (value === undefined) changed.searchParams.delete(name);
        else changed.searchParams.set(name, value);
        return { ...rest, url: changed.href };
      };
    const withHeader =
      (name: string, value?: string): Change =>
      ({ headers: { [name]: _left, ...headers }, ...rest }) => ({
        ...rest,
        headers: value === undefined ? headers : { ...headers, [name]: value },
      });

    it.each<[string, Change]>([
      ['names another callback', withQuery('callback', other.callback)],
      ['leaves the callback out', withQuery('callback')],
      ['adds callback variables', withQuery('callback-var', other.callbackVar)],
      ['adds a callback header', withHeader('x-oss-callback', other.callback)],
      ['leaves out x-oss-complete-all', withHeader('x-oss-complete-all')],
      ['leaves out x-oss-forbid-overwrite', withHeader('x-oss-forbid-overwrite')],
      ['turns x-oss-forbid-overwrite off', withHeader('x-oss-forbid-overwrite', 'false')],
      ['makes the object public', withHeader('x-oss-object-acl', 'public-read')],
      [
        'completes another object',
        ({ url, ...rest }) => ({ ...rest, url: url.replace('multipart/', 'other/') }),
      ],
    ])('%s: OSS refuses the signature', async (_what, change) => {
      const authorised = await authorise();
      await sendParts(authorised, randomBytes(2 * PART));
      const callbacks = world.oss.callbacks.length;
      const answer = await send(change(authorised.complete));
      expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
      expect(world.oss.callbacks).toHaveLength(callbacks);
      expect(await rowOf(authorised.uploadId)).toBeNull();
      expect((await send(authorised.complete)).status).toBe(200); // nothing is spoilt
    });

    it('leaves the type out of a part, or names another: OSS refuses', async () => {
      const { parts } = await authorise();
      const [part] = parts;
      const changes = [{}, { 'content-type': 'text/html' }];
      for (const headers of changes) {
        const answer = await send({ ...part!, headers: headers as never }, randomBytes(PART));
        expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
      }
    });

    it('sends parts with the URL of another upload, or of another number: OSS refuses', async () => {
      const [mine, theirs] = [await authorise(), await authorise()];
      const swap = (url: string, name: string, value: string) => {
        const changed = new URL(url);
        changed.searchParams.set(name, value);
        return changed.href;
      };
      const [part] = mine.parts;
      for (const url of [
        swap(part!.url, 'uploadId', theirs.ossUploadId),
        swap(part!.url, 'partNumber', '2'),
        swap(part!.url, 'x-oss-expires', '604800'),
      ]) {
        const answer = await send({ ...part!, url }, randomBytes(PART));
        expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
      }
      expect((await send(theirs.listParts)).text).not.toContain('<PartNumber>');
    });

    it('completes twice: the second finds nothing, and there is one row', async () => {
      const authorised = await authorise();
      await sendParts(authorised, randomBytes(2 * PART));
      expect((await send(authorised.complete)).status).toBe(200);
      const row = await rowOf(authorised.uploadId);
      expect(await send(authorised.complete)).toMatchObject({ status: 404, code: 'NoSuchUpload' });
      expect(await rowOf(authorised.uploadId)).toEqual(row);
      expect(await send(authorised.parts[0]!, randomBytes(PART))).toMatchObject({ status: 404 });
    });

    it('lands after another upload did: OSS keeps what is there', async () => {
      const object = newObject();
      const [first, second] = [await authorise({ object }), await authorise({ object })];
      for (const each of [first, second]) await sendParts(each, randomBytes(2 * PART));
      expect((await send(first.complete)).status).toBe(200);
      expect(await send(second.complete)).toMatchObject({ code: 'FileAlreadyExists' });
      expect(await rowOf(second.uploadId)).toBeNull();
    });

    it('gives up: OSS forgets the parts', async () => {
      const authorised = await authorise();
      await sendParts(authorised, randomBytes(2 * PART));
      expect((await send(authorised.abort)).status).toBe(204);
      expect(await send(authorised.complete)).toMatchObject({ code: 'NoSuchUpload' });
    });
  });

  it('lets an object be replaced where the app wants that', async () => {
    const object = newObject();
    await world.oss.objects.put({ bucket: BUCKET, object, body: 'old' });
    const authorised = await authorise({ object, overwrite: true });
    await sendParts(authorised, randomBytes(2 * PART));
    expect((await send(authorised.complete)).status).toBe(200);
    expect(world.oss.objects.get(BUCKET, object)?.size).toBe(2 * PART);
  });
});
