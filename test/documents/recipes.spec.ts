import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModuleMetadata } from '@nestjs/common';
import OSS from 'ali-oss';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeCallback,
  ossCallbackEntities,
  type OssCallbackOptions,
  type OssUpload,
} from '../../src/index.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { sendUpload } from '../../src/testing/index.js';
import { findFreePort } from '../../src/testing/free-port.js';
import { type RunningProgram, runProgram } from '../support/run-program.js';
import {
  BUCKET,
  createMigratedDatabase,
  startOss,
  startTestApp,
  type TestApp,
  type TestAppOptions,
} from '../support/test-app.js';
import {
  authoriseBody,
  callbackHeaders,
  localOssOf,
  sendCallback,
} from '../support/oss-callbacks.js';
import { createTestDatabase } from '../support/test-database.js';
import { compile, readCodeBlocks, readDocument } from './code-blocks.js';
import { standIns, startPrefixProxy } from './recipes-world.js';

const ROOT = 'dist/recipes-code';
const folder = fileURLToPath(new URL(`../../${ROOT}`, import.meta.url));

type Provider = new (...args: never[]) => object;
type Options = Partial<OssCallbackOptions>;

async function load<Module>(file: string): Promise<Module> {
  const url = pathToFileURL(join(folder, file.replace(/ts$/, 'js'))).href;
  return (await import(/* @vite-ignore */ url)) as Module;
}

describe('the code of docs/recipes.md', () => {
  let oss: OssSimulator;
  let app: TestApp | undefined;
  const running: RunningProgram[] = [];

  beforeAll(async () => {
    const readme = readCodeBlocks('README.md');
    const appOf = (place: string) =>
      ['app.module.ts', 'avatars.controller.ts', 'avatars.service.ts'].map(
        (file) => [`${place}/${file}`, readme.get(file)!] as const,
      );
    const files = [
      ...readCodeBlocks('docs/recipes.md'),
      ...standIns,
      ...appOf('fastify'),
      ...appOf('testing'),
    ];
    expect(compile(new Map(files), folder)).toEqual([]);
    oss = await startOss();
  });
  afterEach(async () => {
    await app?.stop();
    app = undefined;
  });
  afterAll(async () => {
    for (const program of running) program.signal('SIGKILL');
    await Promise.all(running.map(({ exited }) => exited));
    await oss.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(options: Omit<TestAppOptions, 'oss'>): Promise<TestApp> {
    app = await startTestApp({ ...options, oss });
    return app;
  }

  /** An app whose DataSource has tables of its own. */
  async function startWith(
    entities: Provider[],
    options: Omit<TestAppOptions, 'oss'>,
  ): Promise<TestApp> {
    const database = await createMigratedDatabase();
    const dataSource = new DataSource({ type: 'postgres', url: database.url, entities });
    await dataSource.initialize();
    await dataSource.synchronize();
    await dataSource.destroy();
    const started = await start({
      ...options,
      database,
      dataSource: { entities: [...ossCallbackEntities, ...entities] },
    });
    const stop = started.stop.bind(started);
    started.stop = () => stop().then(() => database.drop());
    return started;
  }

  it('users and owners: the session decides, the handler writes', async () => {
    const { AvatarsController } = await load<Record<string, Provider>>(
      'owners/avatars.controller.ts',
    );
    const { AvatarsService } = await load<Record<string, Provider>>('owners/avatars.service.ts');
    const { User } = await load<Record<string, Provider>>('owners/user.entity.ts');
    const { url, dataSource } = await startWith([User!], {
      controllers: [AvatarsController!],
      providers: [AvatarsService!],
    });
    await dataSource.query(`INSERT INTO users (id) VALUES ('alice')`);
    const as = (user: string) => ({ headers: { 'x-test-user': user } });

    expect((await fetch(`${url}/avatars`, { method: 'POST' })).status).toBe(403);
    const authorised = await fetch(`${url}/avatars`, { method: 'POST', ...as('alice') });
    const { uploadId, ...form } = (await authorised.json()) as Form & { uploadId: string };
    const answer = await send(form);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { key: expect.stringMatching(/^avatars\/alice\//) },
    ]);
    expect(await dataSource.query('SELECT id, avatar FROM users')).toEqual([
      { id: 'alice', avatar: expect.stringMatching(/^avatars\/alice\//) },
    ]);
    const own = await fetch(`${url}/avatars/${uploadId}`, as('alice'));
    expect(await own.json()).toEqual({ status: 'completed' });
    expect((await fetch(`${url}/avatars/${uploadId}`, as('bob'))).status).toBe(404);
  });

  it('routes for clients: a wish becomes an authorisation, or a reason', async () => {
    const { PhotosController, PhotoUploadController } = await load<Record<string, Provider>>(
      'uploads/photos.controller.ts',
    );
    const { url } = await start({ controllers: [PhotosController!, PhotoUploadController!] });
    const ask = async (size: number) => {
      const file = { name: 'sea.jpg', type: 'image/jpeg', size };
      const response = await fetch(`${url}/photos/uploads`, {
        method: 'POST',
        headers: { 'x-test-user': 'alice', 'content-type': 'application/json' },
        body: JSON.stringify({ file, wishes: { folder: 'album' } }),
      });
      return (await response.json()) as { authorisation: Form; reason?: string };
    };
    const { authorisation } = await ask(5);
    const answer = await sendUpload(authorisation, 'photo');
    expect(await answer.json()).toEqual({ key: expect.stringMatching(/^album\//) });
    expect((await ask(1_000_000_001)).reason).toBe('quota-used');
    expect((await ask(20_000_001)).reason).toBe('too-large');
  });

  it("a guard of the app's own reads a header of the gateway, and logs what it refuses", async () => {
    const { CallbackController } = await load<Record<string, Provider>>(
      'guards/callback.controller.ts',
    );
    const world = await start({
      controllers: [CallbackController!],
      options: { localOss: localOssOf(oss) },
    });
    const target = '/gateway/callback';
    const { body, object } = await authoriseBody(world, {}, { target });
    const { authorization: signature } = callbackHeaders(world, { body, target });
    const send = (authorization: string | undefined, more?: Record<string, string>) =>
      sendCallback(world, { body, target, headers: { authorization, ...more } });
    const other = Buffer.alloc(64).toString('base64');
    const moved = { 'X-Original-Authorization': signature! };
    for (const ofTheGateway of [other, 'Bearer of-the-gateway', undefined]) {
      const answer = await send(ofTheGateway, moved);
      expect(answer.json()).toEqual({ object, environment: expect.any(String) });
    }
    expect((await send(other)).status).toBe(403);
    expect((await send(undefined)).status).toBe(401);
    expect((await send(undefined, { 'X-Original-Authorization': other })).status).toBe(403);
    expect((await send(undefined, { ...moved, 'Content-Encoding': 'gzip' })).status).toBe(400);
  });

  it('jobs: an outbox entry for each upload, moved on once', async () => {
    const { VideosService } = await load<Record<string, Provider>>('jobs/videos.service.ts');
    const { OutboxEntry } = await load<Record<string, Provider>>('jobs/outbox.entity.ts');
    const { relayOutbox } = await load<{
      relayOutbox: (dataSource: DataSource, queue: object) => Promise<number>;
    }>('jobs/relay-outbox.ts');
    const { CallbackController } = await load<Record<string, Provider>>(
      'moving/callback.controller.ts',
    );
    const { uploads, dataSource } = await startWith([OutboxEntry!], {
      controllers: [CallbackController!],
      providers: [VideosService!],
    });
    const object = 'videos/1.mp4';
    const { uploadId, ...form } = await uploads.authorizePostObject({ object });
    expect((await send(form)).status).toBe(200);

    const failing = { add: () => Promise.reject(new Error('no Redis')) };
    await expect(relayOutbox(dataSource, failing)).rejects.toThrow('no Redis');
    const jobs: unknown[] = [];
    const queue = { add: async (...job: unknown[]) => jobs.push(job) };
    const moved = await Promise.all([1, 2].map(() => relayOutbox(dataSource, queue)));
    expect(moved[0]! + moved[1]!).toBe(1);
    expect(jobs).toEqual([['transcode', { bucket: BUCKET, object }, { jobId: uploadId }]]);
    expect(await relayOutbox(dataSource, queue)).toBe(0);
  });

  it('several buckets: by the names of the app', async () => {
    const { options } = await load<{ options: Options }>('buckets/options.ts');
    const { VideosController, VideosService } = await load<Record<string, Provider>>(
      'buckets/videos.controller.ts',
    );
    const { app: nest, url } = await start({
      controllers: [VideosController!],
      providers: [VideosService!],
      options,
    });
    const authorised = await fetch(`${url}/videos`, { method: 'POST' });
    const put = (await authorised.json()) as {
      url: string;
      method: string;
      headers: Record<string, string>;
    };
    const answer = await fetch(put.url, {
      method: put.method,
      headers: put.headers,
      body: 'a video',
    });
    expect(await answer.json()).toEqual({
      bucket: 'acme-videos',
      object: expect.stringMatching(/^raw\//),
    });
    expect(nest.get<{ seen: string[] }>(VideosService!).seen).toHaveLength(1);
  });

  it("reading and deleting objects: a link that works, and a user's data that is gone", async () => {
    const { UserDataService } = await load<Record<string, Provider>>(
      'objects/user-data.service.ts',
    );
    const { CallbackController } = await load<Record<string, Provider>>(
      'moving/callback.controller.ts',
    );
    const {
      app: nest,
      uploads,
      audit,
      dataSource,
    } = await start({
      controllers: [CallbackController!],
      providers: [UserDataService!],
    });
    const client = new OSS({
      ...oss.credentials[0]!,
      region: 'oss-cn-hangzhou',
      endpoint: oss.url.replace('127.0.0.1', 'localhost'),
      sldEnable: true,
    } as OSS.Options);
    const userData = nest.get<{
      downloadUrl(client: OSS, upload: OssUpload): Promise<string>;
      deleteUser(client: OSS, owner: string): Promise<void>;
    }>(UserDataService!);
    const objects = [];
    for (const owner of ['alice', 'bob']) {
      const { uploadId, ...form } = await uploads.authorizePostObject({
        objectPrefix: 'of-users/',
        owner,
      });
      expect((await send(form)).status).toBe(200);
      const upload = (await audit.get(uploadId))!;
      const link = await fetch(await userData.downloadUrl(client, upload));
      expect([link.status, await link.text()]).toEqual([200, 'picture']);
      objects.push(upload.object);
    }
    await userData.deleteUser(client, 'alice');
    expect(objects.map((object) => oss.objects.get(BUCKET, object) !== undefined)).toEqual([
      false,
      true,
    ]);
    for (const table of ['oss_uploads', 'oss_upload_tickets']) {
      const rows: unknown[] = await dataSource.query(`SELECT DISTINCT owner FROM ${table}`);
      expect(rows).toEqual([{ owner: 'bob' }]);
    }
  });

  it('behind nginx: publicPath gives the signed path back', async () => {
    const { options } = await load<{ options: Options }>('nginx/options.ts');
    const { CallbackController } = await load<Record<string, Provider>>(
      'moving/callback.controller.ts',
    );
    const proxy = await startPrefixProxy('/api', () => app!.url);
    const { uploads } = await start({
      controllers: [CallbackController!],
      options: { ...options, publicUrl: proxy.url },
    });
    const { uploadId: _, ...form } = await uploads.authorizePostObject({ object: 'proxied.txt' });
    expect((await send(form)).status).toBe(200);
    expect(oss.callbacks.at(-1)?.url).toBe(`${proxy.url}/api/callback`);
    await proxy.stop();
  });

  it('records on a page: each his own, the admin all', async () => {
    const { RecordsModule } = await load<{ RecordsModule: Provider }>('records/records.module.ts');
    const { CallbackController } = await load<Record<string, Provider>>(
      'moving/callback.controller.ts',
    );
    const { url, uploads } = await start({
      controllers: [CallbackController!],
      imports: [RecordsModule] as ModuleMetadata['imports'] & {},
    });
    for (const owner of ['alice', 'bob']) {
      const { uploadId: _, ...form } = await uploads.authorizePostObject({
        objectPrefix: 'r/',
        owner,
      });
      expect((await send(form)).status).toBe(200);
    }
    const ownersSeenBy = async (user: string, path: string) => {
      const response = await fetch(`${url}/${path}`, { headers: { 'x-test-user': user } });
      const { uploads: page } = (await response.json()) as { uploads?: OssUpload[] };
      return page?.map(({ owner }) => owner) ?? response.status;
    };
    expect(await ownersSeenBy('alice', 'my/uploads')).toEqual(['alice']);
    expect(await ownersSeenBy('admin', 'admin/uploads')).toEqual(['bob', 'alice']);
    expect(await ownersSeenBy('alice', 'admin/uploads')).toBe(403);
  });

  it('testing your app: a signed callback without an OSS', async () => {
    const { options, sendCallback } = await load<{
      options: Options;
      sendCallback: (appUrl: string, path: string, body: object) => Promise<Response>;
    }>('testing/signed-callback.ts');
    const { CallbackController } = await load<Record<string, Provider>>(
      'moving/callback.controller.ts',
    );
    const { url } = await start({ controllers: [CallbackController!], options });
    const answer = await sendCallback(url, '/callback', { object: 'a.txt', size: 3 });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { Status: 'OK', filename: 'a.txt', size: 3, ticketed: false },
    ]);
  });

  it("moving: the body of the vendor's sample is understood", async () => {
    const { options } = await load<{ options: Options }>('moving/options.ts');
    const { CallbackController } = await load<Record<string, Provider>>(
      'moving/callback.controller.ts',
    );
    const lenient = await startOss({ checkSignatures: false });
    app = await startTestApp({
      controllers: [CallbackController!],
      options,
      oss: lenient,
    });
    const { callback } = encodeCallback({
      urls: [`${app.url}/callback`],
      body: 'filename=${object}&size=${size}&mimeType=${mimeType}&height=${imageInfo.height}&width=${imageInfo.width}',
    });
    const answer = await fetch(`${lenient.url}/${BUCKET}/old/cat.txt`, {
      method: 'PUT',
      headers: { 'x-oss-callback': callback },
      body: 'miau',
    });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { Status: 'OK', filename: 'old/cat.txt', size: 4, ticketed: false },
    ]);
    await app.stop();
    app = undefined;
    await lenient.stop();
  });

  it.each(['README.md', 'README.zh-CN.md'])('testing your app: the lines of %s are its', (name) => {
    const [, lines = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(readDocument(name)) ?? [];
    const code = readCodeBlocks('docs/recipes.md').get('testing/avatars.e2e-spec.ts')!;
    expect(code.replaceAll(/^ +/gm, '')).toContain(lines);
    expect(lines.trim().split('\n')).toHaveLength(5);
  });

  it('testing your app: both tests pass, under Vitest', async () => {
    const database = await createTestDatabase();
    const program = runProgram('node_modules/vitest/vitest.mjs', ['run', `--root=${folder}`], {
      env: { DATABASE_URL: database.url },
    });
    running.push(program);
    expect(await program.exited, program.output()).toBe(0);
    expect(program.output()).toMatch(/Tests .*4 passed/);
    await database.drop();
  });

  it('Fastify: the app of the README', async () => {
    const database = await createTestDatabase();
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const program = runProgram(`${ROOT}/fastify/main.js`, [], {
      env: {
        PORT: String(port),
        DATABASE_URL: database.url,
        OSS_PUBLIC_URL: url,
        OSS_LOCAL_URL: oss.url,
        OSS_BUCKET: BUCKET,
        OSS_REGION: 'cn-hangzhou',
        OSS_TICKET_SECRETS: 'c2VjcmV0IG9mIHRoZSB0ZXN0cyBhbmQgb2Ygbm90aGluZyBlbHNl',
      },
    });
    running.push(program);
    await program.waitFor(/Listening on/);
    const authorised = await fetch(`${url}/avatars`, { method: 'POST' });
    const { uploadId: id, ...form } = (await authorised.json()) as Form & { uploadId: string };
    const answer = await send(form);
    expect([answer.status, await answer.json()]).toMatchObject([200, { id, size: 7 }]);
    program.signal('SIGTERM');
    await program.exited;
    await database.drop();
  });
});

interface Form {
  url: string;
  fields: Record<string, string>;
}

function send(form: Form): Promise<Response> {
  return sendUpload(form, new File(['picture'], 'me.png', { type: 'image/png' }));
}
