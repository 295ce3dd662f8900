import { randomBytes } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Authorisation,
  fetchTransport,
  type MultipartAuthorisation,
  type PartsPage,
  type Transport,
  type UploadProgress,
  uploadToOss,
} from '../../src/client/index.js';
import { CompletedUpload, OssCallback, OssUpload } from '../../src/index.js';
import { BUCKET, useTestApp } from '../support/test-app.js';
import { caught, Handlers, noAnswer, PART, Traffic } from './uploader-world.js';

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer(@CompletedUpload() { object, size, mimeType }: OssUpload) {
    return { object, size, mimeType };
  }
}

/** As a browser gets it. */
function asJson(authorisation: object): Authorisation {
  return JSON.parse(JSON.stringify(authorisation)) as Authorisation;
}

function fileOf(content: string | Buffer<ArrayBuffer>, type = 'text/plain'): File {
  return new File([content], 'my file.txt', { type });
}

describe('uploadToOss', () => {
  const world = useTestApp({ controllers: [CallbackController], providers: [Handlers] });
  afterEach(() => world.oss.faults.clear());
  let objects = 0;
  const object = (folder = 'files') => `${folder}/${(objects += 1)}`;

  const carriers: [string, (size: number, folder?: string) => Promise<object>][] = [
    ['form', (_size, folder) => world.uploads.authorizePostObject({ object: object(folder) })],
    [
      'put',
      (_size, folder) =>
        world.uploads.authorizePutObject({ object: object(folder), contentType: 'text/plain' }),
    ],
    [
      'multipart',
      (sizeBytes, folder) =>
        world.uploads.authorizeMultipart({
          object: object(folder),
          contentType: 'text/plain',
          sizeBytes,
          partSizeBytes: PART,
        }),
    ],
  ];

  describe.each(carriers)('%s', (carrier, authorise) => {
    it('gives the answer of the route, and progress that ends at the size', async () => {
      const content = randomBytes(2 * PART + 5);
      const seen: UploadProgress[] = [];
      const outcome = await uploadToOss<{ size: number }>(
        asJson(await authorise(content.byteLength)),
        fileOf(content),
        { onProgress: (progress) => seen.push(progress) },
      );
      expect(outcome).toMatchObject({
        state: 'completed',
        uploadId: expect.any(String),
        answer: { size: content.byteLength, mimeType: 'text/plain' },
      });
      const stored = world.oss.objects.get(BUCKET, `files/${objects}`)!;
      expect(stored.bytes.equals(content)).toBe(true);
      const sent = seen.map(({ sentBytes }) => sentBytes);
      expect(sent).toEqual(sent.toSorted((a, b) => a - b));
      expect(seen.at(-1)).toEqual({
        sentBytes: content.byteLength,
        totalBytes: content.byteLength,
      });
    });

    it('is failed where the row is durable and its handlers failed', async () => {
      const authorisation = asJson(await authorise(3, 'failing'));
      const outcome = await uploadToOss(authorisation, fileOf('abc'));
      expect(outcome).toEqual({ state: 'failed', uploadId: authorisation.uploadId });
    });

    it('is unconfirmed where its callback got lost, and sent once', async () => {
      const authorisation = asJson(await authorise(3));
      world.oss.faults.inject({ at: 'callback', effect: 'drop' });
      const transport = new Traffic();
      const outcome = await uploadToOss(authorisation, fileOf('abc'), { transport });
      expect(outcome).toEqual({
        state: 'unconfirmed',
        uploadId: authorisation.uploadId,
        reason: expect.stringContaining('can not connect to your callbackUrl'),
      });
      expect(transport.toOss).toHaveLength(carrier === 'multipart' ? 2 : 1);
    });

    it('where no answer comes, says that the file may be stored, and sends nothing again', async () => {
      const authorisation = asJson(await authorise(3));
      const transport = new Traffic();
      transport.after = (line) => line.includes(' ') || noAnswer();
      const error = await caught(uploadToOss(authorisation, fileOf('abc'), { transport }));
      expect(error).toMatchObject({ code: 'NETWORK', mayBeStored: true });
      expect(error.details.uploadId).toBe(authorisation.uploadId);
      expect(transport.toOss.filter((line) => !line.includes(' '))).toHaveLength(1);
      expect(await world.uploads.status(authorisation.uploadId)).toMatchObject({
        status: 'completed',
      });
    });

    it('with an answer that OSS itself failed, says so as well', async () => {
      const authorisation = asJson(await authorise(3));
      const operation =
        carrier === 'multipart' ? ({ operation: 'CompleteMultipartUpload' } as const) : {};
      world.oss.faults.inject(
        { at: 'upload', effect: 'answer', status: 500, afterStoring: true },
        operation,
      );
      const error = await caught(uploadToOss(authorisation, fileOf('abc')));
      expect(error).toMatchObject({
        code: 'REFUSED_BY_OSS',
        mayBeStored: true,
        details: { httpStatus: 500, ossCode: 'InternalError' },
      });
    });

    it('is aborted by its signal', async () => {
      const authorisation = asJson(await authorise(3));
      const reason = new Error('the user left');
      const error = await caught(
        uploadToOss(authorisation, fileOf('abc'), { signal: AbortSignal.abort(reason) }),
      );
      expect(error).toMatchObject({ code: 'ABORTED', mayBeStored: false, cause: reason });
      expect(world.oss.objects.get(BUCKET, `files/${objects}`)).toBeUndefined();
    });

    it('has expired', async () => {
      const authorisation = asJson(await authorise(3));
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 });
      onTestFinished(() => void vi.useRealTimers());
      expect(await caught(uploadToOss(authorisation, fileOf('abc')))).toMatchObject({
        code: 'EXPIRED',
        mayBeStored: false,
      });
    });
  });

  it('says that OSS does not take so large a file, or this type, and with which code', async () => {
    const authorise = async () =>
      asJson(
        await world.uploads.authorizePostObject({
          object: object(),
          maxSizeBytes: 10,
          contentTypes: ['image/png', 'image/jpeg'],
        }),
      );
    const tooLarge = uploadToOss(await authorise(), fileOf('a'.repeat(11), 'image/png'));
    expect(await caught(tooLarge)).toMatchObject({
      code: 'TOO_LARGE',
      details: { httpStatus: 400, ossCode: 'EntityTooLarge', requestId: expect.any(String) },
    });
    expect(await caught(uploadToOss(await authorise(), fileOf('a')))).toMatchObject({
      code: 'WRONG_TYPE',
      details: { httpStatus: 403, ossCode: 'AccessDenied', ec: expect.any(String) },
    });
    const uploaded = await uploadToOss(await authorise(), fileOf('a', 'image/png'));
    expect(uploaded).toMatchObject({ state: 'completed', answer: { mimeType: 'image/png' } });
  });

  it('sends a part again that got no answer or a 503, and no other', async () => {
    const authorisation = asJson(
      await world.uploads.authorizeMultipart({
        object: object(),
        sizeBytes: 3 * PART,
        partSizeBytes: PART,
      }),
    );
    const part = { operation: 'UploadPart' } as const;
    world.oss.faults.inject({ at: 'upload', effect: 'answer', status: 503 }, part);
    world.oss.faults.inject({ at: 'upload', effect: 'cut', afterBytes: 10 }, part);
    const transport = new Traffic();
    const options = { transport, parallel: 1 };
    const outcome = await uploadToOss(authorisation, fileOf(randomBytes(3 * PART)), options);
    expect(outcome).toMatchObject({ state: 'completed', answer: { size: 3 * PART } });
    expect(transport.toOss.toSorted()).toEqual(['POST', 'PUT 1', 'PUT 1', 'PUT 2', 'PUT 3']);
  });

  it('removes the parts of an upload that fails or is cancelled', async () => {
    const authorise = () =>
      world.uploads.authorizeMultipart({
        object: object(),
        sizeBytes: PART + 1,
        partSizeBytes: PART,
      });
    const failing = asJson(await authorise());
    world.oss.faults.inject(
      { at: 'upload', effect: 'answer', status: 503 },
      { operation: 'UploadPart', times: Infinity },
    );
    const error = await caught(uploadToOss(failing, fileOf(randomBytes(PART + 1)), { retries: 0 }));
    expect(error).toMatchObject({ code: 'REFUSED_BY_OSS', details: { httpStatus: 503 } });
    world.oss.faults.clear();
    const leaving = new AbortController();
    const cancelled = await authorise();
    await caught(
      uploadToOss(asJson(cancelled), fileOf(randomBytes(PART + 1)), {
        parallel: 1,
        signal: leaving.signal,
        onProgress: ({ sentBytes }) => sentBytes >= PART && leaving.abort(),
      }),
    );
    const listed = await fetch(cancelled.listParts.url);
    expect([listed.status, await listed.text()]).toEqual([
      404,
      expect.stringContaining('NoSuchUpload'),
    ]);
  });

  it('asks for further parts where an upload has more than 1,000', async () => {
    const count = 1_002;
    const authorisation = await world.uploads.authorizeMultipart({
      object: object(),
      sizeBytes: count * PART,
      partSizeBytes: PART,
    });
    // parts that are there already: what is sent over the wire stays small
    const sent: string[] = [];
    const transport: Transport = {
      carriers: ['multipart'],
      send: async ({ url, method }) => {
        sent.push(method);
        return { status: 200, text: new URL(url).searchParams.has('partNumber') ? '' : '{}' };
      },
    };
    const content = new Blob([Buffer.alloc(count * PART)]);
    const outcome = await uploadToOss(asJson(authorisation), content, {
      transport,
      partsUrl: async (handle, from) =>
        JSON.parse(JSON.stringify(await world.uploads.authorizeParts({ handle, from }))) as never,
    });
    expect(outcome).toMatchObject({ state: 'completed', answer: {} });
    expect(sent.filter((method) => method === 'PUT')).toHaveLength(count);
    expect(sent.at(-1)).toBe('POST');
  });

  it('ends where pages of parts do not', async () => {
    const authorisation = asJson(
      await world.uploads.authorizeMultipart({
        object: object(),
        sizeBytes: 3 * PART,
        partSizeBytes: PART,
        presignedParts: 1,
      }),
    ) as MultipartAuthorisation;
    const [first] = authorisation.parts;
    const part = (partNumber: number) => ({ ...first!, partNumber });
    const { listParts } = authorisation;
    const pages: [string, (from: number) => object][] = [
      ['the same again', () => ({ parts: [part(2)], nextPartNumber: 2 })],
      ['from the beginning', () => ({ parts: [part(1)], nextPartNumber: 2 })],
      ['empty', (from) => ({ parts: [], nextPartNumber: from + 1 })],
      ['ever more', (from) => ({ parts: [part(from)], nextPartNumber: from + 1_000 })],
    ];
    const transport = {
      carriers: fetchTransport.carriers,
      send: async () => ({ status: 200, text: '' }),
    };
    for (const [which, pageFrom] of pages) {
      const upload = uploadToOss(authorisation, fileOf(randomBytes(3 * PART)), {
        transport,
        partsUrl: async (_handle, from) => ({ ...pageFrom(from), listParts }) as PartsPage,
      });
      expect(await caught(upload), which).toMatchObject({ code: 'REFUSED_BY_APP' });
    }
  });
});

describe('what OSS or the app says', () => {
  const saying = async (status: number, code: string, message: string) => {
    const text = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    const transport: Transport = { carriers: ['put'], send: async () => ({ status, text }) };
    const put = { uploadId: 'a', method: 'PUT', url: 'https://oss/a', headers: {} } as const;
    return caught(uploadToOss(put, fileOf('a'), { transport }));
  };

  it('is a text, whatever its words are', async () => {
    const error = await saying(400, 'Odd', 'a &lt; b &constructor; &amp;');
    expect(error.message).toContain('a < b &constructor; &');
  });
});
