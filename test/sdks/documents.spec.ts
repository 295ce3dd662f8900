import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModuleMetadata } from '@nestjs/common';
import OSS from 'ali-oss';
import { OSSObject } from 'oss-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OssCallbackOptions, SdkAuthorisation } from '../../src/index.js';
import { compile, readCodeBlocks } from '../documents/code-blocks.js';
import { BUCKET, startOss, startTestApp, type TestApp } from '../support/test-app.js';

const LARGE = Buffer.alloc(250_000, 'large ');

type Upload = (a: SdkAuthorisation, file: Buffer, options?: object) => Promise<unknown>;

// What the blocks export, by the name of their file.
interface Blocks {
  'uploads.controller': { UploadsController: NonNullable<ModuleMetadata['controllers']>[number] };
  options: { options: Pick<OssCallbackOptions, 'sts'> };
  'ali-oss': { put: Upload; multipart: Upload; isStored: (error: unknown) => boolean };
  'ali-oss-presigned': {
    presign(
      client: OSS,
      a: SdkAuthorisation,
    ): Promise<{ url: string; headers: Record<string, string> }>;
  };
  'oss-client': { put(client: OSSObject, a: SdkAuthorisation, file: Buffer): Promise<unknown> };
}

describe.each(['docs/sdks.md', 'docs/sdks.zh-CN.md'])('the code of %s', (document) => {
  const folder = fileURLToPath(new URL(`../../dist/${document}-code`, import.meta.url));
  const blocks = {} as Blocks;
  let world: TestApp;

  beforeAll(async () => {
    vi.spyOn(console, 'warn').mockReturnValue(); // ali-oss recommends renewing tokens
    const code = readCodeBlocks(document);
    expect(compile(code, folder)).toEqual([]);
    for (const title of code.keys()) {
      const name = title.replace(/\.ts$/, '');
      const url = pathToFileURL(join(folder, `${name}.js`)).href;
      Object.assign(blocks, { [name]: await import(/* @vite-ignore */ url) });
    }
    const oss = await startOss({ defaultBucket: BUCKET });
    world = await startTestApp({
      oss,
      controllers: [blocks['uploads.controller'].UploadsController],
      options: blocks.options.options,
    });
  });
  afterAll(async () => {
    await world.stop();
    await world.oss.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** As a client gets it: over HTTP, as JSON. */
  async function authorise(): Promise<SdkAuthorisation> {
    const response = await fetch(`${world.url}/uploads`, { method: 'POST' });
    return (await response.json()) as SdkAuthorisation;
  }

  /** ali-oss reaches the local OSS in its own way. */
  const local = () => ({
    endpoint: world.oss.url.replace('127.0.0.1', 'localhost'),
    sldEnable: true,
  });

  async function expectUpload(a: SdkAuthorisation, answer: unknown, file: Buffer) {
    const { uploadId: id, object: key } = a;
    expect(answer).toEqual({ id, key, size: file.byteLength });
    expect(await world.audit.get(id)).toMatchObject({ status: 'completed' });
    expect(world.oss.objects.get(BUCKET, key)?.metadata).toEqual({ 'upload-id': id });
  }

  it.each([
    ['put', LARGE],
    ['multipart', LARGE],
    ['multipart', Buffer.from('small')],
  ] as const)('uploads with ali-oss: %s', async (way, file) => {
    const a = await authorise();
    await expectUpload(a, await blocks['ali-oss'][way](a, file, local()), file);
  });

  it('knows a failed callback with ali-oss', async () => {
    const { put, isStored } = blocks['ali-oss'];
    const a = await authorise();
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const error: unknown = await put(a, LARGE, local()).catch((error: unknown) => error);
    expect(isStored(error)).toBe(true);
    const taken: unknown = await put(a, LARGE, local()).catch((error: unknown) => error);
    expect(isStored(taken)).toBe(false);
  });

  it('presigns with ali-oss', async () => {
    const a = await authorise();
    const { accessKeyId, accessKeySecret, securityToken } = a.credentials!;
    const client = new OSS({
      accessKeyId,
      accessKeySecret,
      stsToken: securityToken,
      bucket: a.bucket,
      region: `oss-${a.region}`,
      ...local(),
    });
    const { url, headers } = await blocks['ali-oss-presigned'].presign(client, a);
    const response = await fetch(url, { method: 'PUT', headers, body: LARGE });
    await expectUpload(a, await response.json(), LARGE);
  });

  it('uploads with oss-client', async () => {
    const a = await authorise();
    const client = new OSSObject({
      accessKeyId: 'local-oss-access-key-id',
      accessKeySecret: 'local-oss-access-key-secret',
      bucket: BUCKET,
      endpoint: world.oss.url,
    });
    await expectUpload(a, await blocks['oss-client'].put(client, a, LARGE), LARGE);
  });
});

describe('docs/sdks.zh-CN.md', () => {
  it('shows the same code as docs/sdks.md', () => {
    expect(readCodeBlocks('docs/sdks.zh-CN.md')).toEqual(readCodeBlocks('docs/sdks.md'));
  });
});
