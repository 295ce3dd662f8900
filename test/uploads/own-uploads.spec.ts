import { Controller, HttpException } from '@nestjs/common';
import { IsInt, IsString, Max } from 'class-validator';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  CustomVariablesDto,
  OssCallback,
  OssCallbackError,
  OssUploadTicket,
  type PutObjectRequest,
} from '../../src/index.js';
import { BUCKET, startTestApp, useTestApp, type TestApp } from '../support/test-app.js';

class AlbumVariables extends CustomVariablesDto {
  @IsString() album!: string;
  @IsInt() @Max(9) page!: number;
}

let answer: () => unknown = () => ({ ok: true });

@Controller()
class CallbackController {
  @OssCallback('oss/callback')
  answer() {
    return answer();
  }
}

/** Of "hello", by another implementation. */
const HELLO = { etag: '5D41402ABC4B2A76B9719D911017C592', crc64: '11177612005948864433' };

describe('an upload of the app itself', () => {
  const app = useTestApp({ controllers: [CallbackController] });

  afterEach(() => {
    answer = () => ({ ok: true });
    app.oss.faults.clear();
  });

  async function failureOf(uploading: Promise<unknown>): Promise<OssCallbackError> {
    const error = await uploading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(OssCallbackError);
    return error as OssCallbackError;
  }

  it('gives id, ETag, crc64, size, and the answer of the callback', async () => {
    const result = await app.uploads.putObject({ object: 'good', body: 'hello' });
    expect(result).toEqual({
      uploadId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      size: 5,
      ...HELLO,
      answer: { ok: true },
    });
  });

  it('says that the object is stored when its callback is refused', async () => {
    answer = () => {
      throw new HttpException('no', 418);
    };
    const error = await failureOf(app.uploads.putObject({ object: 'refused', body: 'hello' }));
    const uploadId = error.details.uploadId as string;
    expect(error.code).toBe('CALLBACK_FAILED');
    expect(error.message).toBe(
      `The object "refused" is stored (ETag ${HELLO.etag}), but its callback failed (CallbackFailed: Error status : 418.). Do not upload it again: check the status of upload ${uploadId}.`,
    );
    expect(error.details).toEqual({
      uploadId,
      status: 203,
      ...HELLO,
      ossCode: 'CallbackFailed',
      ossMessage: 'Error status : 418.',
      ec: '0007-00000203',
      requestId: app.oss.objects.get(BUCKET, 'refused')!.requestId,
    });
    expect(error.getResponse()).toEqual({ code: error.code, message: error.message });
    // the upload counts all the same: the method fails after the record
    expect(await app.audit.get(uploadId)).toMatchObject({ status: 'completed', ...HELLO });
  });

  it('says that the object is stored when OSS cannot call the app', async () => {
    app.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const error = await failureOf(app.uploads.putObject({ object: 'dropped', body: 'hello' }));
    expect(error).toMatchObject({
      code: 'CALLBACK_FAILED',
      details: { ...HELLO, status: 203, ossCode: 'CallbackFailed' },
    });
    expect(await app.audit.get(error.details.uploadId as string)).toBeNull();
    const ticket = await app.dataSource.manager.findOneBy(OssUploadTicket, {
      id: error.details.uploadId as string,
    });
    expect(ticket).toMatchObject({ status: 'open', object: 'dropped' });
  });

  it('says what OSS refused, and that nothing is stored', async () => {
    await app.oss.objects.put({ bucket: BUCKET, object: 'taken', body: 'first' });
    const error = await failureOf(app.uploads.putObject({ object: 'taken', body: 'hello' }));
    expect(error).toMatchObject({
      code: 'OSS_REFUSED',
      message: expect.stringMatching(
        /^OSS did not store the object "taken" \(FileAlreadyExists: .+\)\.$/,
      ),
      details: { status: 409, ossCode: 'FileAlreadyExists', requestId: expect.any(String) },
    });
    expect(error.details).not.toHaveProperty('etag');
    expect(app.oss.objects.get(BUCKET, 'taken')!.size).toBe(5);
  });

  it('says that its credentials are wrong', async () => {
    const other = await startTestApp({
      controllers: [CallbackController],
      oss: app.oss,
      options: {
        credentials: {
          accessKeyId: 'local-oss-access-key-id',
          accessKeySecret: 'not-the-secret-of-that-key',
        },
      },
    });
    onTestFinished(() => other.stop());
    const error = await failureOf(other.uploads.putObject({ object: 'a', body: 'hello' }));
    expect(error).toMatchObject({
      code: 'OSS_REFUSED',
      details: { status: 403, ossCode: 'SignatureDoesNotMatch' },
    });
  });

  it('says that it has no credentials, and that nothing was sent', async () => {
    const other = await startTestApp({
      controllers: [CallbackController],
      oss: app.oss,
      options: { credentials: () => Promise.reject(new Error('no role')) },
    });
    onTestFinished(() => other.stop());
    for (const body of ['hello', Readable.from(['hello'])]) {
      const error = await failureOf(other.uploads.putObject({ object: 'a', body }));
      expect(error).toMatchObject({
        code: 'OSS_UNAVAILABLE',
        message: 'Credentials for OSS are currently unavailable.',
        hint: expect.stringContaining('no role'),
      });
    }
  });

  describe('against something else than OSS', () => {
    async function startAgainst(listener: RequestListener): Promise<TestApp> {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const other = await startTestApp({
        controllers: [CallbackController],
        oss: app.oss,
        options: { buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou', endpoint } } },
      });
      onTestFinished(async () => {
        await other.stop();
        server.closeAllConnections();
        server.close();
      });
      return other;
    }

    it('says that the answer cannot be read, and that the object is stored', async () => {
      const other = await startAgainst((request, response) => {
        request.resume();
        response.writeHead(200, { ETag: `"${HELLO.etag}"` }).end('<html>welcome</html>');
      });
      const error = await failureOf(other.uploads.putObject({ object: 'a', body: 'hello' }));
      expect(error).toMatchObject({
        code: 'ANSWER_UNREADABLE',
        message: `The object "a" is stored (ETag ${HELLO.etag}), but the response of its callback is not JSON.`,
        details: { etag: HELLO.etag, uploadId: expect.any(String) },
      });
    });

    it.each([301, 403])('says that status %i is a refusal', async (status) => {
      const other = await startAgainst((request, response) => {
        request.resume();
        response.writeHead(status, { Location: 'http://127.0.0.1:1/' }).end('<html>no</html>');
      });
      const error = await failureOf(other.uploads.putObject({ object: 'a', body: 'hello' }));
      expect(error).toMatchObject({
        code: 'OSS_REFUSED',
        message: `OSS did not store the object "a" (status ${status}).`,
        details: { status },
      });
    });

    it.each([500, 502])('does not know what status %i leaves behind', async (status) => {
      const other = await startAgainst((request, response) => {
        request.resume();
        response.writeHead(status).end('<html>no</html>');
      });
      const error = await failureOf(other.uploads.putObject({ object: 'a', body: 'hello' }));
      const uploadId = error.details?.uploadId;
      expect(uploadId).toEqual(expect.any(String));
      expect(error).toMatchObject({
        code: 'OSS_UNAVAILABLE',
        message: `It is unknown whether OSS stored the object "a" (status ${status}). Do not upload it again: check the status of upload ${String(uploadId)}.`,
        details: { status },
      });
    });

    it.each([
      [200, 'ANSWER_UNREADABLE'],
      [203, 'CALLBACK_FAILED'],
      [403, 'OSS_REFUSED'],
      [502, 'OSS_UNAVAILABLE'],
    ])(
      'takes the status %i for what it says, where the rest of the answer does not come',
      async (status, code) => {
        const other = await startAgainst((request, response) => {
          request.resume().once('end', () => {
            response.writeHead(status, { ETag: `"${HELLO.etag}"`, 'Content-Length': '7' });
            response.write('{"a"', () => request.socket.destroy());
          });
        });
        for (const body of ['hello', Readable.from(['hello'])]) {
          const error = await failureOf(other.uploads.putObject({ object: 'a', body }));
          expect(error.code).toBe(code);
          if (status < 300) expect(error.details.etag).toBe(HELLO.etag);
          else expect(error.details.status).toBe(status);
        }
      },
    );

    it('says that OSS is away, and leaves the ticket by which the upload may be found', async () => {
      const other = await startAgainst((request) => request.socket.destroy());
      const error = await failureOf(other.uploads.putObject({ object: 'away', body: 'hello' }));
      expect(error.code).toBe('OSS_UNAVAILABLE');
      expect(
        await other.dataSource.manager.findOneBy(OssUploadTicket, { object: 'away' }),
      ).toMatchObject({ status: 'open' });
    });

    it('ends when its caller gives up', async () => {
      const giveUp = new AbortController();
      const other = await startAgainst(() => giveUp.abort());
      const error = await failureOf(
        other.uploads.putObject({ object: 'a', body: 'hello', signal: giveUp.signal }),
      );
      expect(error.code).toBe('OSS_UNAVAILABLE');
    });
  });

  const variables = (values: object) => Object.assign(new AlbumVariables(), values);
  const wrong: [string, unknown, string][] = [
    ['nothing to name it', {}, '"object" must be given, or else objectPrefix'],
    ['two names', { object: 'a', objectPrefix: 'a' }, '"object" must be given, or else'],
    ['an empty object', { object: '' }, '"object" is empty'],
    ['a number as object', { object: 7 }, '"object"'],
    ['an object that begins with a slash', { object: '/a' }, '"object" begins with a slash'],
    ['one that begins with a backslash', { object: '\\a' }, '"object" begins with a slash'],
    ['a long object', { object: '中'.repeat(342) }, '"object" has 1026 bytes'],
    ['a long prefix', { objectPrefix: 'a'.repeat(1_000) }, '"objectPrefix" has 1036 bytes'],
    ['dots in the object', { object: 'a/../b' }, '"object" has "." or ".."'],
    ['half a character in the object', { object: 'a\ud83d' }, '"object" is not valid text'],
    ['NUL in the object', { object: 'a\0' }, '"object" is not valid text'],
    ['an unknown bucket', { bucket: 'other' }, '"bucket" is "other"; the options have main'],
    ['a bucket of Object', { bucket: 'constructor' }, '"bucket" is "constructor"'],
    ['an unknown callback', { callback: 'other' }, '"callback" is "other"'],
    ['a negative least size', { minSizeBytes: -1 }, '"minSizeBytes" is -1'],
    ['a size that is not whole', { maxSizeBytes: 1.5 }, '"maxSizeBytes" is 1.5'],
    ['a size that is no number', { maxSizeBytes: '10' }, '"maxSizeBytes" must be a number'],
    ['sizes the wrong way round', { minSizeBytes: 9, maxSizeBytes: 8 }, '"maxSizeBytes" is 8'],
    ['a body that is too short', { minSizeBytes: 6 }, '"body" has 5 bytes'],
    ['a body that is too long', { maxSizeBytes: 4 }, '"body" has 5 bytes'],
    ['no body', { body: undefined }, '"body" must be'],
    ['a body that is an object', { body: {} }, '"body" must be'],
    ['a type that is none', { contentTypes: ['png'] }, '"contentTypes" contain "png"'],
    ['a type with a line break', { contentTypes: ['a/b\r\nc: d'] }, '"contentTypes" contain'],
    ['a type that is a number', { contentTypes: [7] }, '"contentTypes" contain 7'],
    ['a pattern in front', { contentTypes: ['*/png'] }, '"contentTypes" contain "*/png"'],
    ['an exact type that is none', { contentType: 'png' }, '"contentType" is "png"'],
    ['an exact type with a line break', { contentType: 'a/b\nc' }, '"contentType" is "a/b\\nc"'],
    [
      'an exact type that is not allowed',
      { contentTypes: ['image/*'], contentType: 'text/html' },
      '"contentType" is "text/html", which contentTypes do not allow',
    ],
    [
      'a type left open',
      { contentTypes: ['image/png', 'image/jpeg'] },
      '"contentType" is missing: a PUT is signed for one exact type',
    ],
    ['a long owner', { owner: 'x'.repeat(129) }, '"owner" must be a string of at most 128 bytes'],
    ['an owner that is a number', { owner: 7 }, '"owner" must be a string'],
    ['NUL in the owner', { owner: 'a\0' }, '"owner" must be a string'],
    ['half a character in the owner', { owner: 'a\udc00' }, '"owner" must be a string'],
    ['no time', { expiresInSeconds: 0 }, '"expiresInSeconds" is 0'],
    ['more than seven days', { expiresInSeconds: 604_801 }, '"expiresInSeconds" is 604801'],
    ['a time that is no number', { expiresInSeconds: NaN }, '"expiresInSeconds" is NaN'],
    ['variables that are not valid', { variables: variables({ album: 7 }) }, '"variables" are not'],
    [
      'a variable beyond its limit',
      { variables: variables({ album: '7', page: 10 }) },
      '"variables" are not valid: page must not be greater than 9',
    ],
    ['a variable named ticket', { variables: { ticket: 'x' } }, '"variables" cannot be sent'],
    ['a variable with a capital', { variables: { Album: 'x' } }, '"variables" cannot be sent'],
    ['a variable of another script', { variables: { 相册: 'x' } }, '"variables" cannot be sent'],
    ['a variable that is a list', { variables: { album: ['x'] } }, '"variables" cannot be sent'],
    ['NUL in a variable', { variables: { album: 'a\0' } }, '"variables" cannot be sent'],
    ['half a character in one', { variables: { album: 'a\ud83d' } }, '"variables" cannot be sent'],
    ['long variables', { variables: { album: 'x'.repeat(4_000) } }, '"variables" are too many'],
    [
      'a ticket that would be too long',
      {
        owner: 'x'.repeat(128),
        contentTypes: Array.from({ length: 20 }, (_, i) => `image/type-${i}`),
        contentType: 'image/type-1',
      },
      'make a ticket of more than 512 characters',
    ],
  ];

  it.each(wrong)('is refused before anything happens for %s', async (_name, request, problem) => {
    const requests: unknown[] = [];
    const listen = (request: unknown) => requests.push(request);
    app.oss.events.on('request', listen);
    onTestFinished(() => void app.oss.events.off('request', listen));
    const before = await app.dataSource.manager.count(OssUploadTicket);
    const complete = {
      ...(/"object/.test(problem) ? {} : { object: 'wrong' }),
      body: 'hello',
      ...(request as Partial<PutObjectRequest>),
    };
    const { uploads } = app;
    const error = await failureOf(
      // sizes that cannot be are wrong for any body
      problem.includes('SizeBytes')
        ? uploads.authorizePutObject(complete)
        : uploads.putObject(complete),
    );
    expect(error.code).toBe('INVALID_UPLOAD_REQUEST');
    expect(error.getStatus()).toBe(400);
    expect(error.message).toContain(problem);
    expect(error.message).toMatch(/^The upload's .*\.$/);
    expect(requests).toEqual([]);
    expect(await app.dataSource.manager.count(OssUploadTicket)).toBe(before);
  });

  it.each([
    ['a line break in the object', { object: 'a\nb' }, '"object" has a line break'],
    [
      'the file’s name in the object',
      { object: 'a/${filename}' },
      '"object" contains "${filename}"',
    ],
    [
      'a line break in a variable',
      { object: 'a', variables: { album: 'a\nb' } },
      '"variables" have a line break in "album"',
    ],
  ])('is not authorised as a form with %s', async (_name, request, problem) => {
    const before = await app.dataSource.manager.count(OssUploadTicket);
    const error = await failureOf(app.uploads.authorizePostObject(request));
    expect(error.code).toBe('INVALID_UPLOAD_REQUEST');
    expect(error.message).toContain(problem);
    expect(await app.dataSource.manager.count(OssUploadTicket)).toBe(before);
  });
});
