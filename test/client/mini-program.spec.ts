import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { UploadProgress } from '../../src/client/index.js';
import { BUCKET, useTestApp } from '../support/test-app.js';
import { clientIn } from './client-in.js';
import { MiniProgramStandIn } from './mini-program-stand-in.js';
import { PART, uploaderApp, type UploadController } from './uploader-world.js';

describe('in a mini-program', () => {
  const world = useTestApp(uploaderApp);
  const folder = mkdtempSync(join(tmpdir(), 'oss-mini-program-'));
  const content = Buffer.alloc(3 * PART, 'photo ');
  const file = {
    filePath: join(folder, 'tmp_7f3a.jpg'),
    name: '海边.jpg',
    type: 'image/jpeg',
    size: content.byteLength,
  };
  writeFileSync(file.filePath, content);
  afterAll(() => rmSync(folder, { recursive: true }));
  let wx: MiniProgramStandIn;
  let client: Awaited<ReturnType<typeof clientIn>>;

  beforeEach(() => {
    wx = new MiniProgramStandIn();
  });
  afterEach(() => {
    world.oss.faults.clear();
  });

  beforeAll(async () => {
    client = await clientIn({});
  });
  const uploaderOf = () =>
    client.createOssUploader<typeof UploadController>({
      url: `${world.url}/uploads`,
      ...client.miniProgram(wx),
    });

  it('sends a file of any size as form, with progress that ends at the size of the file', async () => {
    const seen: UploadProgress[] = [];
    const outcome = await uploaderOf().upload(file, {
      variables: { albumId: 3 },
      onProgress: (progress) => seen.push(progress),
    });
    expect(outcome).toMatchObject({ state: 'completed', answer: { size: file.size, albumId: 3 } });
    const { object } = (await world.audit.get(outcome.uploadId))!;
    expect(world.oss.objects.get(BUCKET, object)).toMatchObject({ mimeType: 'image/jpeg' });
    expect(world.oss.objects.get(BUCKET, object)!.bytes.equals(content)).toBe(true);
    expect(seen.at(-1)).toEqual({ sentBytes: file.size, totalBytes: file.size });
    const sent = seen.map(({ sentBytes }) => sentBytes);
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
    expect(wx.uploads).toMatchObject([{ name: 'file', filePath: file.filePath }]);
  });

  it('a lost callback ends completed, and the file is sent once', async () => {
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const unconfirmed: string[] = [];
    const outcome = await uploaderOf().upload(file, {
      onUnconfirmed: ({ reason }) => unconfirmed.push(reason),
    });
    expect(outcome).toMatchObject({ state: 'completed', answer: undefined });
    expect(unconfirmed).toEqual([expect.stringContaining('can not connect')]);
    expect(wx.uploads).toHaveLength(1);
  });

  it('a failure without an answer is looked up, and sent again where nothing arrived', async () => {
    wx.redirect = (url) => (wx.uploads.length === 1 ? 'http://127.0.0.1:1' : url);
    expect(await uploaderOf().upload(file)).toMatchObject({ state: 'completed' });
    expect(wx.uploads).toHaveLength(2);
  });

  it('a cancelled upload ends, and stores nothing', async () => {
    const upload = uploaderOf().upload(file, { onProgress: () => upload.cancel() });
    await expect(upload).rejects.toMatchObject({ code: 'ABORTED' });
    const { status } = await world.uploads.status(wx.uploads[0]!.formData['x-oss-meta-upload-id']!);
    expect(status).toBe('pending');
  });

  it('uploadToOss takes the form of an app that has no controller, and nothing else', async () => {
    const transport = client.miniProgramTransport(wx);
    const form = await world.uploads.authorizePostObject({ object: 'mini/1' });
    expect(await client.uploadToOss(form, file, { transport })).toMatchObject({
      state: 'completed',
    });
    const put = await world.uploads.authorizePutObject({ object: 'mini/2' });
    await expect(client.uploadToOss(put, file, { transport })).rejects.toThrow(
      'cannot be sent as put',
    );
  });
});
