import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Body, Controller, Get, Injectable, Param, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import {
  CustomVariablesDto,
  decodeCallback,
  OnUploadCompleted,
  OssUpload,
  OssUploadService,
} from '../../src/index.js';
import { buildCompletedUpload, FakeOssUploadService } from '../../src/testing/index.js';
import { useTestApp } from '../support/test-app.js';

/** An app's code under test. */
@Controller('avatars')
class AvatarsController {
  constructor(private readonly uploads: OssUploadService) {}

  @Post()
  authorize(@Body('userId') owner: string) {
    return this.uploads.authorizePostObject({ objectPrefix: 'avatars/', owner, callback: 'any' });
  }

  @Get(':uploadId')
  status(@Param('uploadId') uploadId: string) {
    return this.uploads.status(uploadId);
  }
}

@Injectable()
class AvatarsService {
  @OnUploadCompleted()
  setAvatar({ object, owner }: OssUpload, manager: { query(...args: unknown[]): unknown }) {
    return manager.query('UPDATE users SET avatar = $1 WHERE id = $2', [object, owner]);
  }
}

describe('a handler under unit test', () => {
  it('gets a record whose values the test may choose', () => {
    const upload = buildCompletedUpload({ object: 'avatars/1.png', owner: 'alice' });
    const queries: unknown[] = [];
    new AvatarsService().setAvatar(upload, { query: (...args) => queries.push(args) });
    expect(queries).toEqual([
      ['UPDATE users SET avatar = $1 WHERE id = $2', ['avatars/1.png', 'alice']],
    ]);
  });

  describe('whose record', () => {
    const world = useTestApp();

    it('is one that the table takes and gives back', async () => {
      const upload = buildCompletedUpload();
      await world.dataSource.manager.insert(OssUpload, upload);
      expect(await world.audit.get(upload.id)).toEqual(upload);
    });

    it('has every property of a real one', async () => {
      const uploaded = await world.uploads.putObject<{ uploadId: string }>({
        object: 'hello.txt',
        body: 'hello',
        contentType: 'text/plain',
      });
      const real = await world.audit.get(uploaded.answer.uploadId);
      const built = buildCompletedUpload({ id: uploaded.uploadId });
      expect(built).toBeInstanceOf(OssUpload);
      expect(Object.keys(built).toSorted()).toEqual(Object.keys(real!).toSorted());
      const { size, crc64, contentMd5, etag, identity, mimeType } = real!;
      expect(built).toMatchObject({ size, crc64, contentMd5, etag, identity, mimeType });
    });
  });
});

describe('the fake OssUploadService', () => {
  it('stands in for the real one, and says what it was asked', async () => {
    const fake = new FakeOssUploadService();
    const testing = await Test.createTestingModule({
      controllers: [AvatarsController],
      providers: [{ provide: OssUploadService, useValue: fake }],
    }).compile();
    const controller = testing.get(AvatarsController);

    const { uploadId, url, fields } = await controller.authorize('alice');
    expect(url).toBe('https://test-uploads.oss-cn-hangzhou.aliyuncs.com/');
    expect(fields).toMatchObject({
      key: expect.stringMatching(/^avatars\//),
      'x-oss-signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const callback = decodeCallback(fields.callback!);
    expect(callback).toMatchObject({ ok: true, parameter: { urls: [expect.any(String)] } });
    expect(fake.calls).toEqual([
      {
        method: 'authorizePostObject',
        request: { objectPrefix: 'avatars/', owner: 'alice', callback: 'any' },
      },
    ]);

    expect(await controller.status(uploadId)).toMatchObject({ status: 'pending', owner: 'alice' });
    const upload = fake.complete(uploadId, { size: 7 });
    expect(upload).toMatchObject({ id: uploadId, object: fields.key, owner: 'alice', size: 7 });
    expect(await controller.status(uploadId)).toEqual({
      uploadId,
      status: 'completed',
      owner: 'alice',
      upload,
    });
  });

  it('refuses what the real one refuses', async () => {
    const fake = new FakeOssUploadService();
    const wrong = { object: '/a.txt', bucket: 'videos' };
    await expect(fake.authorizePutObject(wrong)).rejects.toMatchObject({
      code: 'INVALID_UPLOAD_REQUEST',
    });
    expect(fake.calls).toHaveLength(1);
    expect(() => fake.complete('another')).toThrow('No upload "another" was authorised.');
    expect(await fake.status('another')).toMatchObject({ status: 'unknown' });
  });

  it('knows the buckets of the app', async () => {
    const fake = new FakeOssUploadService({
      buckets: {
        avatars: { bucket: 'my-avatars', region: 'cn-hangzhou' },
        videos: { bucket: 'my-videos', region: 'cn-shanghai' },
      },
    });
    const { url } = await fake.authorizePutObject({ bucket: 'videos', object: 'a.mp4' });
    expect(new URL(url).host).toBe('my-videos.oss-cn-shanghai.aliyuncs.com');
  });

  it('authorises in every way without a network', async () => {
    class Variables extends CustomVariablesDto {
      albumId = 7;
    }
    const fake = new FakeOssUploadService();
    const request = { object: 'a.png', variables: new Variables(), contentTypes: ['image/png'] };
    const put = await fake.authorizePutObject(request);
    const multipart = await fake.authorizeMultipart({ ...request, sizeBytes: 300_000_000 });
    const sdk = await fake.authorizeSdk(request);
    expect(new URL(put.url).searchParams.get('callback-var')).toBeTruthy();
    expect(multipart.parts.length).toBe(multipart.partCount);
    const more = await fake.authorizeParts({ handle: multipart.handle, from: 1, to: 1 });
    expect(more.parts).toHaveLength(1);
    expect(sdk).toMatchObject({ bucket: 'test-uploads', contentType: 'image/png' });
    expect(fake.calls.map(({ method }) => method)).toEqual([
      'authorizePutObject',
      'authorizeMultipart',
      'authorizeSdk',
    ]);
    expect(fake.complete(multipart.uploadId).variables).toEqual({ albumId: '7' });
  });

  it("stores the app's own uploads nowhere, and answers as their callback would", async () => {
    const fake = new FakeOssUploadService({ answer: { id: 1 } });
    const hello = {
      etag: '5D41402ABC4B2A76B9719D911017C592',
      crc64: '11177612005948864433',
      size: 5,
      answer: { id: 1 },
    };
    for (const body of ['hello', Buffer.from('hello'), Readable.from(['hel', 'lo'])]) {
      expect(await fake.putObject({ object: 'a.txt', body })).toMatchObject(hello);
    }
    const path = fileURLToPath(import.meta.url);
    const { uploadId, size } = await fake.uploadFile({ object: 'b.txt', path });
    expect(await fake.status(uploadId)).toMatchObject({ status: 'completed', upload: { size } });
    expect(await fake.putObject({ object: 'c.txt', body: { file: path } })).toMatchObject({ size });
    await expect(
      fake.putObject({ object: 'd.txt', body: 'hello', maxSizeBytes: 4 }),
    ).rejects.toMatchObject({ code: 'INVALID_UPLOAD_REQUEST' });
  });

  it('refuses the upload of a file before it opens it', async () => {
    const fake = new FakeOssUploadService();
    const path = fileURLToPath(new URL('missing', import.meta.url));
    const refused = { code: 'INVALID_UPLOAD_REQUEST' };
    await expect(fake.uploadFile({ object: '/a.txt', path })).rejects.toMatchObject(refused);
    await expect(fake.putObject({ object: '/a.txt', body: { file: path } })).rejects.toMatchObject(
      refused,
    );
    await expect(fake.uploadFile({ object: 'a.txt', path })).rejects.toThrow('ENOENT');
  });
});
