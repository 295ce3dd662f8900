import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import Uppy, { type Body, type Meta } from '@uppy/core';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { OssUploaderOptions } from '../../../src/client/index.js';
import { OssUploaderPlugin } from '../../../src/client/uppy/index.js';
import { useTestApp } from '../../support/test-app.js';
import { fileOf, PART, Traffic, uploaderApp, uploaderOf } from '../uploader-world.js';

describe('OssUploaderPlugin', () => {
  const world = useTestApp(uploaderApp);
  afterEach(() => world.oss.faults.clear());

  function start(traffic = new Traffic(), more: Partial<OssUploaderOptions> = {}) {
    const uppy = new Uppy<Meta, Body>({ autoProceed: false });
    const heard: string[] = [];
    const errors: { message: string; cause?: unknown }[] = [];
    uppy.on('upload-success', (file) => heard.push(`upload-success ${file?.name}`));
    uppy.on('upload-error', (file, error) => {
      heard.push(`upload-error ${file?.name}`);
      errors.push(error);
    });
    uppy.on('postprocess-progress', (_file, { message }) => heard.push(message ?? ''));
    uppy.use(OssUploaderPlugin, {
      uploader: uploaderOf(world, traffic, more),
      optionsFor: ({ name }) => ({
        wishes: { folder: name.startsWith('bad') ? 'failing' : 'uppy' },
      }),
    });
    onTestFinished(() => uppy.destroy());
    const add = (name: string, content: string | Buffer<ArrayBuffer> = name) =>
      uppy.addFile({ name, type: 'text/plain', data: fileOf(content, name) });
    return { uppy, heard, errors, add };
  }

  it('uploads files, with progress, and gives what became of each', async () => {
    const traffic = new Traffic();
    const { uppy, heard, add } = start(traffic);
    const ids = [add('a.txt'), add('large.txt', randomBytes(3 * PART)), add('bad.txt')];
    const seen: number[] = [];
    uppy.on('upload-progress', (file, { bytesUploaded }) => {
      if (file?.id === ids[1]) seen.push(bytesUploaded);
    });
    const result = await uppy.upload();
    expect(result?.failed).toEqual([]);
    expect(heard.toSorted()).toEqual([
      'upload-success a.txt',
      'upload-success bad.txt',
      'upload-success large.txt',
    ]);
    expect(ids.map((id) => uppy.getFile(id).response?.body)).toMatchObject([
      { state: 'completed', answer: { object: expect.stringMatching(/^uppy\//), size: 5 } },
      { state: 'completed', answer: { size: 3 * PART } },
      { state: 'failed' }, // recorded, and its handler is tried again
    ]);
    expect(seen).toEqual([0, PART, 2 * PART, 3 * PART]);
    expect(traffic.toApp).toEqual(['POST /uploads']);
  });

  it('shows a file whose callback got lost as not confirmed, and as complete once it is', async () => {
    const { uppy, heard, add } = start();
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    add('lost.txt');
    expect((await uppy.upload())?.successful).toMatchObject([
      { progress: { uploadComplete: true } },
    ]);
    expect(heard).toEqual(['Stored, not confirmed yet', 'upload-success lost.txt']);
  });

  it('never reports a file without confirmation as a success, and a retry asks without uploading', async () => {
    const traffic = new Traffic();
    const { uppy, heard, errors, add } = start(traffic, { confirmWithinSeconds: 0 });
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const away = world.oss.faults.inject(
      { at: 'head-object', effect: 'answer', status: 503 },
      { times: Infinity },
    );
    const id = add('lost.txt');
    expect((await uppy.upload())?.successful).toEqual([]);
    expect(heard).toEqual(['Stored, not confirmed yet', 'upload-error lost.txt']);
    expect(uppy.getFile(id).error).toBe('Stored, not confirmed yet');

    away();
    const { uploadId } = errors[0]!.cause as { uploadId: string };
    await world.reconciler.run({ uploadIds: [uploadId] });
    const sent = traffic.toOss.length;
    await uppy.retryUpload(id);
    expect(heard.at(-1)).toBe('upload-success lost.txt');
    expect(traffic.toOss).toHaveLength(sent);
  });

  it('a removed file is cancelled, a refused one is an error', async () => {
    const traffic = new Traffic();
    const { uppy, heard, add } = start(traffic);
    const id = add('large.txt', randomBytes(3 * PART));
    add('secret.txt');
    uppy.on('upload-progress', (file, { bytesUploaded }) => {
      if (file?.id === id && bytesUploaded === PART) uppy.removeFile(id);
    });
    const result = await uppy.upload();
    expect(result?.failed).toMatchObject([{ error: 'This file is not yours.' }]);
    expect(heard).toEqual(['upload-error secret.txt']);
    expect(traffic.toOss).toEqual(['PUT 1', 'DELETE']);
  });

  it('pauses and goes on, and no part is sent twice', async () => {
    const traffic = new Traffic();
    const { uppy, add } = start(traffic);
    const id = add('large.txt', randomBytes(4 * PART));
    const pauses: boolean[] = [];
    uppy.on('upload-progress', (_file, { bytesUploaded }) => {
      if (bytesUploaded === PART) pauses.push(uppy.pauseResume(id)!);
      if (bytesUploaded === 3 * PART) uppy.pauseAll();
      void setImmediate().then(() => {
        if (uppy.getFile(id).isPaused) uppy.resumeAll();
      });
    });
    const result = await uppy.upload();
    expect(pauses[0]).toBe(true);
    expect(result?.successful).toHaveLength(1);
    expect(new Set(traffic.partsSent).size).toBe(traffic.partsSent.length);
  });
});
