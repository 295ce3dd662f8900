import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, useTestApp } from '../support/test-app.js';
import { clientIn } from './client-in.js';
import { ReactNativeFormData, ReactNativeXhr } from './react-native-stand-in.js';
import { PART, uploaderApp } from './uploader-world.js';

describe('in React Native', () => {
  const world = useTestApp(uploaderApp);
  const folder = mkdtempSync(join(tmpdir(), 'oss-react-native-'));
  const content = Buffer.alloc(3 * PART, 'photo ');
  const path = join(folder, 'IMG_1.jpg');
  writeFileSync(path, content);
  const file = {
    uri: pathToFileURL(path).href,
    name: 'IMG_1.jpg',
    type: 'image/jpeg',
    size: content.byteLength,
  };
  let client: Awaited<ReturnType<typeof clientIn>>;
  beforeAll(async () => {
    client = await clientIn({
      fetch,
      XMLHttpRequest: ReactNativeXhr,
      FormData: ReactNativeFormData,
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => world.oss.faults.clear());

  it.each(['form', 'put'] as const)('sends a file { uri, name, type } as %s', async (carrier) => {
    const seen: number[] = [];
    const uploader = client.createOssUploader({ url: `${world.url}/uploads` });
    const outcome = await uploader.upload(file, {
      carriers: [carrier],
      onProgress: ({ sentBytes }) => seen.push(sentBytes),
    });
    expect(outcome).toMatchObject({ state: 'completed', answer: { size: file.size } });
    const { object } = (await world.audit.get(outcome.uploadId))!;
    const stored = world.oss.objects.get(BUCKET, object)!;
    expect(stored).toMatchObject({ mimeType: 'image/jpeg' });
    expect(stored.bytes.equals(content)).toBe(true);
    expect(seen.at(-1)).toBe(file.size);
  });

  it('a file that cannot be cut is not sent in parts, whatever its size', async () => {
    const uploader = client.createOssUploader({ url: `${world.url}/uploads` });
    const { uploadId } = await uploader.upload(file);
    expect(await world.audit.get(uploadId)).toMatchObject({ operation: 'PostObject' });
    const authorisation = await world.uploads.authorizeMultipart({ object: 'rn/1', sizeBytes: 1 });
    await expect(
      client.uploadToOss(JSON.parse(JSON.stringify(authorisation)) as never, file),
    ).rejects.toThrow('cannot be sent as multipart');
  });

  it('a lost callback ends completed', async () => {
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const uploader = client.createOssUploader({ url: `${world.url}/uploads` });
    expect(await uploader.upload(file)).toMatchObject({ state: 'completed', answer: undefined });
  });
});
