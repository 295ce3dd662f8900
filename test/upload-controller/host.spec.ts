import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  ForbiddenException,
  HttpException,
  type INestApplication,
  type LoggerService,
  ValidationPipe,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  createOssUploadController,
  type MultipartAuthorisation,
  OssCallback,
  OssUploadReconciler,
  type OssUploadControllerOptions,
  OssUploadTicket,
  refuseUpload,
} from '../../src/index.js';
import { CallbackController } from '../support/callback-controller.js';
import { LogLines } from '../support/log-lines.js';
import { platforms } from '../support/platforms.js';
import { startAppForTest, type TestApp, useDatabase } from '../support/test-app.js';
import { PhotosController, SessionGuard, UploadController, type UserRequest } from './photos.js';

const file = { name: 'a.png', type: 'image/png', size: 5 };
const JSON_TYPE = { 'content-type': 'application/json' };

async function post(app: TestApp, path: string, body: unknown, user = 'ann') {
  const headers = { ...JSON_TYPE, user };
  const response = await fetch(`${app.url}/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Answers everything in a form of the host's own. */
@Catch()
class HostFilter implements ExceptionFilter {
  constructor(private readonly app: INestApplication) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    const { httpAdapter } = this.app.get(HttpAdapterHost);
    httpAdapter.reply(host.switchToHttp().getResponse(), { hostError: status }, status);
  }
}

describe.each(platforms)('the upload controller in a host with globals, on %s', (platform) => {
  it('answers and refuses in its own form, and leaves to the host what its guards throw', async () => {
    const app = await startAppForTest({
      platform,
      controllers: [PhotosController, UploadController],
      configure: (host) => {
        host.useGlobalInterceptors({
          intercept: (_context, next) => next.handle().pipe(map((data: unknown) => ({ data }))),
        });
        host.useGlobalFilters(new HostFilter(host));
        host.useGlobalPipes(
          new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
        );
      },
    });
    expect(await post(app, 'photos/uploads', { file })).toMatchObject({
      status: 201,
      body: { carrier: 'form', authorisation: { uploadId: expect.any(String) } },
    });
    expect(await post(app, 'photos/uploads', { file, wishes: { folder: 'closed' } })).toEqual({
      status: 403,
      body: {
        code: 'UPLOAD_REFUSED',
        message: 'This folder takes no more files.',
        reason: 'folder-closed',
      },
    });
    const unguarded = await fetch(`${app.url}/photos/uploads`, { method: 'POST' });
    expect([unguarded.status, await unguarded.json()]).toEqual([403, { hostError: 403 }]);
  });
});

const database = useDatabase();

/** An app whose upload controller has these options. */
function appWith(options: Partial<OssUploadControllerOptions>, logger?: LoggerService) {
  return startAppForTest({
    database,
    logger,
    controllers: [
      CallbackController,
      createOssUploadController({
        guards: [SessionGuard],
        ownerOf: ({ headers }: UserRequest) => headers.user!,
        authorize: () => ({ objectPrefix: 'a/' }),
        ...options,
      }),
    ],
    hasNoSchedule: true,
  });
}

describe('the app decides', () => {
  it('on the carrier', async () => {
    const app = await appWith({ authorize: () => ({ objectPrefix: 'a/', carrier: 'put' }) });
    expect(await post(app, 'uploads', { file })).toMatchObject({ body: { carrier: 'put' } });
    expect(await post(app, 'uploads', { file, carriers: ['form'] })).toMatchObject({
      status: 403,
      body: { code: 'UPLOAD_REFUSED', reason: 'carrier' },
    });
  });

  it('on the type, where it names one', async () => {
    const app = await appWith({
      authorize: () => ({ objectPrefix: 'a/', contentType: 'application/pdf' }),
    });
    expect(await post(app, 'uploads', { file })).toMatchObject({
      body: { authorisation: { fields: { 'x-oss-content-type': 'application/pdf' } } },
    });
  });

  it.each([
    ['returns nothing', () => undefined as never],
    ['names another owner than the asking one', () => ({ objectPrefix: 'a/', owner: 'bob' })],
  ])('and is told of its mistake where it %s', async (_what, authorize) => {
    const app = await appWith({ authorize });
    expect(await post(app, 'uploads', { file })).toEqual({
      status: 500,
      body: {
        code: 'INVALID_OPTIONS',
        message: 'The app failed to handle the request; its log has the cause.',
      },
    });
  });

  it('on everything with what it throws, before any file of a list is authorised', async () => {
    let asked = 0;
    const app = await appWith({
      authorize: () => {
        if ((asked += 1) === 2) throw new ForbiddenException('Not today.');
        return { objectPrefix: 'a/' };
      },
    });
    const before = await app.dataSource.manager.count(OssUploadTicket);
    expect(await post(app, 'uploads', { files: [file, file, file] })).toMatchObject({
      status: 403,
      body: { message: 'Not today.' },
    });
    expect(asked).toBe(2);
    expect(await app.dataSource.manager.count(OssUploadTicket)).toBe(before);
  });

  it('and a mistake in its request is named as that of the service', async () => {
    const app = await appWith({ authorize: () => ({ objectPrefix: 'a/', maxSizeBytes: NaN }) });
    expect(await post(app, 'uploads', { file })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_UPLOAD_REQUEST', message: expect.stringContaining('maxSizeBytes') },
    });
  });

  it('refuses those whose owner it does not know', async () => {
    let owner: unknown;
    const app = await appWith({ ownerOf: () => owner as string });
    const noOwners = [undefined, null, '', 0, true, ['ann'], { id: 'ann' }, Object.create(null)];
    for (owner of noOwners) {
      const answer = await post(app, 'uploads', { file });
      expect(answer).toMatchObject({ status: 403, body: { code: 'REFUSED_BY_APP' } });
    }
  });

  it('and what fails on its side is told to its log, not to clients: OSS speaks of the account', async () => {
    const app = await appWith({ authorize: () => ({ objectPrefix: 'a/', carrier: 'multipart' }) });
    const says = { code: 'UserDisable', message: 'The account of the secret shop is disabled.' };
    app.oss.faults.inject(
      { at: 'upload', effect: 'answer', status: 403, ...says },
      { operation: 'InitiateMultipartUpload', times: Infinity },
    );
    const error = {
      code: 'OSS_REFUSED',
      message: 'The app failed to handle the request; its log has the cause.',
    };
    expect(await post(app, 'uploads', { file })).toEqual({ status: 502, body: error });
    expect(await post(app, 'uploads', { files: [file] })).toEqual({
      status: 201,
      body: { uploads: [{ error }] },
    });
  });

  it('and a list presigns no more parts than one upload does, since each costs time and memory', async () => {
    const app = await appWith({});
    const large = { name: 'a.mov', type: 'video/quicktime', size: 9_000_000_000 };
    const { body } = await post(app, 'uploads', { files: [large, file, large, large] });
    const uploads = body.uploads as { authorisation: MultipartAuthorisation }[];
    const multiparts = [uploads[0]!, uploads[2]!, uploads[3]!].map((one) => one.authorisation);
    expect(multiparts.map(({ parts }) => parts.length)).toEqual([333, 333, 333]);
    expect(multiparts.map(({ nextPartNumber }) => nextPartNumber)).toEqual([334, 334, 334]);
    const { uploadId, handle } = multiparts[0]!;
    expect(
      await post(app, `uploads/${uploadId}/parts`, { handle, from: 334, to: 335 }),
    ).toMatchObject({ body: { parts: [{ partNumber: 334 }, { partNumber: 335 }] } });
  });

  it('may let everyone upload, who then has uploads without an owner alone', async () => {
    const app = await startAppForTest({
      controllers: [
        CallbackController,
        createOssUploadController({ public: true, authorize: () => ({ objectPrefix: 'a/' }) }),
      ],
    });
    const { body } = await post(app, 'uploads', { file });
    const { uploadId } = body.authorisation as { uploadId: string };
    expect((await fetch(`${app.url}/uploads/${uploadId}`)).status).toBe(200);
    const owned = await app.uploads.authorizePostObject({ object: 'b', owner: 'ann' });
    expect((await fetch(`${app.url}/uploads/${owned.uploadId}`)).status).toBe(404);
  });
});

it('looks for an upload as often as its client may ask, and answers all the same', async () => {
  const app = await appWith({});
  const { body } = await post(app, 'uploads', { file });
  const { uploadId } = body.authorisation as { uploadId: string };
  const reconciler = app.app.get(OssUploadReconciler);
  const run = reconciler.run.bind(reconciler);
  let runs = 0;
  reconciler.run = (options) => {
    runs += 1;
    return run(options);
  };
  for (let asked = 0; asked < 10; asked += 1) {
    const id = asked % 2 === 0 ? uploadId : uploadId.toUpperCase();
    expect(await post(app, `uploads/${id}/reconciliation`, {})).toMatchObject({
      status: 200,
      body: { status: 'pending', bucketAnswered: asked < 6 },
    });
  }
  expect(runs).toBe(6);
});

it('tells its log why it refuses', async () => {
  const logger = new LogLines();
  const app = await appWith({ ownerOf: () => '' }, logger);
  await post(app, 'uploads', { file });
  expect(logger.lines).toContainEqual(
    expect.stringContaining('was answered with 403 REFUSED_BY_APP: '),
  );
});

it('looks for no upload whose status cannot change', async () => {
  const app = await appWith({});
  const { uploadId } = await app.uploads.authorizePostObject({ object: 'done', owner: 'ann' });
  const reconciler = app.app.get(OssUploadReconciler);
  reconciler.run = () => Promise.reject(new Error('was called'));
  await app.dataSource.query(`UPDATE oss_upload_tickets SET status = 'ambiguous' WHERE id = $1`, [
    uploadId,
  ]);
  expect(await post(app, `uploads/${uploadId}/reconciliation`, {})).toMatchObject({
    status: 200,
    body: { status: 'ambiguous' },
  });
});

it('describes its routes for @nestjs/swagger, and hides those of callbacks', () => {
  const hidden = ({ prototype }: { prototype: unknown }, method: string): unknown =>
    Reflect.getMetadata(
      'swagger/apiExcludeEndpoint',
      (prototype as Record<string, object>)[method]!,
    );
  class ShownController {
    @OssCallback('shown', { inOpenApi: true })
    answer(): void {}
  }
  expect(hidden(PhotosController, 'photoUploaded')).toEqual({ disable: true });
  expect(hidden(ShownController, 'answer')).toBeUndefined();
  const { authorize } = UploadController.prototype as { authorize: object };
  expect(hidden(UploadController, 'authorize')).toBeUndefined();
  expect(Reflect.getMetadata('swagger/apiParameters', authorize)).toMatchObject([
    {
      in: 'body',
      schema: {
        oneOf: [
          {
            properties: {
              file: { required: ['name', 'size'], properties: { size: { type: 'integer' } } },
              wishes: { properties: { folder: { enum: ['album', 'attic', 'closed'] } } },
              variables: { properties: { albumId: { type: 'integer' } } },
            },
          },
          { properties: { files: { maxItems: 100 } } },
        ],
      },
    },
  ]);
  expect(Reflect.getMetadata('swagger/apiResponse', authorize)).toMatchObject({ 201: {}, 403: {} });
});

describe('the upload controller is not mounted', () => {
  const authorize = () => refuseUpload('never', 'Never.');
  const ownerOf = () => 'ann';
  const guards = [SessionGuard];
  it.each([
    ['without guards', { ownerOf, authorize }, '"guards" is empty: anyone could upload.'],
    ['with an empty list of guards', { guards: [], ownerOf, authorize }, '"guards" is empty'],
    [
      'with a guard that is none',
      { guards: ['x'], ownerOf, authorize },
      '"guards" has no guard at place 0',
    ],
    ['without an owner', { guards, authorize }, '"ownerOf" is missing'],
    [
      'with an owner that is no function',
      { guards, ownerOf: 'ann', authorize },
      '"ownerOf" is not a function',
    ],
    ['without a decision', { guards, ownerOf }, '"authorize" is not a function'],
    ['with a path that is none', { path: 7, guards, ownerOf, authorize }, '"path" is not a string'],
    ['with "public" in words', { public: 'yes', authorize }, '"public" is not true or false'],
    [
      'with a limit that is none',
      { guards, ownerOf, authorize, multipartAboveBytes: NaN },
      '"multipartAboveBytes"',
    ],
    [
      'with wishes that are no class',
      { guards, ownerOf, authorize, wishes: {} },
      '"wishes" is not a class',
    ],
    [
      'with a route that is none',
      { guards, ownerOf, authorize, callback: { controller: PhotosController, method: 'none' } },
      '"callback" names no method with @OssCallback',
    ],
    ['without options', undefined, '"guards" is empty'],
  ])('%s', (_what, options, problem) => {
    expect(() => createOssUploadController(options as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTIONS',
        message: expect.stringContaining(`createOssUploadController: option ${problem}`),
      }),
    );
  });
});
