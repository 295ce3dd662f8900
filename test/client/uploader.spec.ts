import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { UploadProgress } from '../../src/client/index.js';
import { BUCKET, useTestApp } from '../support/test-app.js';
import {
  caught,
  fileOf,
  MAX_SIZE,
  MemoryStorage,
  noAnswer,
  PART,
  Traffic,
  untilCancelled,
  uploaderApp,
  uploaderOf,
} from './uploader-world.js';

describe('createOssUploader', () => {
  const world = useTestApp(uploaderApp);
  afterEach(() => world.oss.faults.clear());
  const large = randomBytes(4 * PART + 7);
  /** Begins an upload of a page that is closed at this request: before it leaves, or after it was answered. */
  async function closeAt(
    hook: 'before' | 'after',
    at: string,
    storage: MemoryStorage,
  ): Promise<void> {
    const traffic = new Traffic();
    await new Promise<void>((closed) => {
      traffic[hook] = (line, { signal }) => {
        if (line !== at) return undefined;
        closed();
        return untilCancelled(signal);
      };
      void uploaderOf(world, traffic, { storage })
        .upload(fileOf(large))
        .catch(() => undefined);
    });
  }
  const storedAs = (object: string) => world.oss.objects.get(BUCKET, object)?.bytes;

  it('uploads a small file as form and a large one in parts, and gives the answer of the route', async () => {
    const traffic = new Traffic();
    const uploader = uploaderOf(world, traffic);
    const small = await uploader.upload(fileOf('abc'), {
      wishes: { folder: 'albums' },
      variables: { albumId: 7 },
    });
    expect(small).toEqual({
      state: 'completed',
      uploadId: expect.any(String),
      answer: { object: expect.stringMatching(/^albums\//), size: 3, albumId: 7 },
    });
    expect(traffic.toOss).toEqual(['POST']);
    const seen: UploadProgress[] = [];
    const outcome = await uploader.upload(fileOf(large), {
      onProgress: (progress) => seen.push(progress),
    });
    expect(outcome).toMatchObject({ state: 'completed', answer: { size: large.byteLength } });
    expect(traffic.partsSent).toEqual(['PUT 1', 'PUT 2', 'PUT 3', 'PUT 4', 'PUT 5']);
    const sent = seen.map(({ sentBytes }) => sentBytes);
    expect(sent).toEqual([0, PART, 2 * PART, 3 * PART, 4 * PART, large.byteLength]);
    expect(traffic.toApp).toEqual(['POST /uploads', 'POST /uploads']);
  });

  it.each(['form', 'put', 'multipart'] as const)(
    'a %s whose callback got lost ends completed: the app is asked once to look for it',
    async (carrier) => {
      const traffic = new Traffic();
      const unconfirmed: unknown[] = [];
      world.oss.faults.inject({ at: 'callback', effect: 'drop' });
      const outcome = await uploaderOf(world, traffic).upload(fileOf('abc'), {
        carriers: [carrier],
        onUnconfirmed: (upload) => unconfirmed.push(upload),
      });
      const { uploadId } = outcome;
      expect(outcome).toEqual({ state: 'completed', uploadId, answer: undefined });
      expect(unconfirmed).toEqual([
        { state: 'unconfirmed', uploadId, reason: expect.stringContaining('can not connect') },
      ]);
      expect(traffic.toApp).toEqual(['POST /uploads', 'POST /uploads/:id/reconciliation']);
      expect(await world.audit.get(uploadId)).toMatchObject({ source: 'reconciliation' });
    },
  );

  it('a callback that comes twice makes one record', async () => {
    world.oss.faults.inject({ at: 'callback', effect: 'deliver-twice', concurrently: true });
    const outcome = await uploaderOf(world, new Traffic()).upload(fileOf('abc'));
    expect(outcome).toMatchObject({ state: 'completed', answer: { size: 3 } });
    const { object } = (await world.audit.get(outcome.uploadId))!;
    expect(await world.audit.count({ object })).toBe(1);
  });

  it('an upload whose handler fails is failed, which is durable', async () => {
    const outcome = await uploaderOf(world, new Traffic()).upload(fileOf('abc'), {
      wishes: { folder: 'failing' },
    });
    expect(outcome).toEqual({ state: 'failed', uploadId: expect.any(String) });
    expect(await world.audit.get(outcome.uploadId)).toMatchObject({ status: 'failed' });
  });

  it.each(['form', 'put', 'multipart'] as const)(
    'a %s whose answer got lost is found, and not sent again',
    async (carrier) => {
      const traffic = new Traffic();
      let completions = 0;
      traffic.after = (line) => {
        if (line.includes(' ')) return;
        completions += 1;
        noAnswer();
      };
      const outcome = await uploaderOf(world, traffic).upload(fileOf('abc'), {
        carriers: [carrier],
      });
      expect(outcome).toMatchObject({ state: 'completed', answer: undefined });
      expect(completions).toBe(1);
    },
  );

  it.each(['form', 'put', 'multipart'] as const)(
    'a %s whose answer and callback got lost is not sent again where the app cannot look for it now',
    async (carrier) => {
      world.oss.faults.inject({ at: 'callback', effect: 'drop' });
      const traffic = new Traffic();
      const lines = traffic.toOss;
      traffic.after = (line) => line.includes(' ') || noAnswer();
      let refused = 1;
      const uploader = uploaderOf(world, traffic, {
        fetch: (url, init) =>
          url.endsWith('/reconciliation') && refused-- > 0
            ? fetch(url.replace('/reconciliation', '')) // what is known, without a look
            : fetch(url, init),
      });
      const outcome = await uploader.upload(fileOf('abc'), { carriers: [carrier] });
      expect(outcome).toMatchObject({ state: 'completed', answer: undefined });
      expect(lines.filter((line) => !line.includes(' '))).toHaveLength(1);
    },
  );

  it.each(['form', 'put', 'multipart'] as const)(
    'a %s of which the app finds nothing is sent again',
    async (carrier) => {
      const traffic = new Traffic();
      let failures = 1;
      traffic.before = (line) =>
        line.includes(' ') || line === 'GET' || failures-- <= 0 || noAnswer();
      const outcome = await uploaderOf(world, traffic).upload(fileOf('abc'), {
        carriers: [carrier],
      });
      expect(outcome).toMatchObject({ state: 'completed', answer: { size: 3 } });
      expect(
        traffic.toOss.filter((line) => line === (carrier === 'put' ? 'PUT' : 'POST')),
      ).toHaveLength(2);
      // parts that have arrived are not sent again
      expect(traffic.partsSent).toEqual(carrier === 'multipart' ? ['PUT 1'] : []);
    },
  );

  it('an authorisation that expired before the upload began is renewed', async () => {
    const traffic = new Traffic();
    const uploader = uploaderOf(world, traffic, {
      fetch: async (url, init) => {
        const isFirst = traffic.toApp.length === 0;
        if (isFirst) vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * 3_600_000 });
        onTestFinished(() => void vi.useRealTimers());
        try {
          return await traffic.fetch!(url, init);
        } finally {
          if (isFirst) vi.useRealTimers();
        }
      },
    });
    expect(await uploader.upload(fileOf('abc'))).toMatchObject({ state: 'completed' });
    expect(traffic.toApp).toEqual(['POST /uploads', 'POST /uploads']);
    expect(traffic.toOss).toEqual(['POST', 'POST']);
  });

  it('a paused upload goes on where it stopped, and no part is sent twice', async () => {
    const traffic = new Traffic();
    const upload = uploaderOf(world, traffic).upload(fileOf(large), {
      onProgress: ({ sentBytes }) => {
        if (sentBytes !== 2 * PART) return;
        upload.pause();
        upload.pause();
        void setImmediate().then(() => upload.resume());
      },
    });
    const outcome = await upload;
    expect(outcome).toMatchObject({ state: 'completed', answer: { size: large.byteLength } });
    expect(new Set(traffic.partsSent).size).toBe(traffic.partsSent.length);
    expect(traffic.toOss.at(-1)).toBe('POST');
  });

  it('a paused upload leaves its slot to others', async () => {
    const traffic = new Traffic();
    const uploader = uploaderOf(world, traffic, { filesAtOnce: 1 });
    const paused = uploader.upload(fileOf(large), {
      onProgress: ({ sentBytes }) => sentBytes === PART && paused.pause(),
    });
    expect(await uploader.upload(fileOf('abc'))).toMatchObject({ state: 'completed' });
    paused.resume();
    expect(await paused).toMatchObject({ state: 'completed' });
  });

  it('after a reload, asks OSS what has arrived, and sends only the rest', async () => {
    const storage = new MemoryStorage();
    await closeAt('before', 'PUT 4', storage);
    expect(storage.entries.size).toBe(1);
    expect([...storage.entries.values()][0]!.length).toBeLessThan(8_000);

    const after = new Traffic();
    const seen: number[] = [];
    const outcome = await uploaderOf(world, after, { storage }).upload(fileOf(large), {
      onProgress: ({ sentBytes }) => seen.push(sentBytes),
    });
    expect(outcome).toMatchObject({ state: 'completed', answer: { size: large.byteLength } });
    const { answer } = outcome as { answer: { object: string } };
    expect(storedAs(answer.object)!.equals(large)).toBe(true);
    expect(after.toOss).toEqual(['GET', 'PUT 4', 'PUT 5', 'POST']);
    expect(after.toApp).toEqual(['POST /uploads/:id/parts']);
    expect(seen[0]).toBe(3 * PART);
    expect(storage.entries.size).toBe(0);
  });

  it('after a reload, finds what was completed meanwhile, and what was kept of no use', async () => {
    const storage = new MemoryStorage();
    await closeAt('after', 'POST', storage);
    const found = new Traffic();
    const outcome = await uploaderOf(world, found, { storage }).upload(fileOf(large));
    expect(outcome).toMatchObject({ state: 'completed', answer: undefined });
    expect(found.toOss).toEqual(['GET']);

    const spoilt = new MemoryStorage();
    const cut = '{"expiresAt":"2999-01-01","handle":"x","uploadId":"y","complete":{}';
    for (const kept of [cut, `${cut}}`, '{"expiresAt":"2999-01-01"}', '7', '[]', 'null']) {
      spoilt.getItem = () => kept;
      const uploader = uploaderOf(world, new Traffic(), { storage: spoilt });
      const anew = await uploader.upload(fileOf(large));
      expect(anew, kept).toMatchObject({ state: 'completed', answer: { size: large.byteLength } });
    }
  });

  it('a cancelled upload ends, and leaves no parts', async () => {
    const traffic = new Traffic();
    const leaving = new AbortController();
    const upload = uploaderOf(world, traffic).upload(fileOf(large), {
      signal: leaving.signal,
      onProgress: ({ sentBytes }) => sentBytes === 2 * PART && leaving.abort('left'),
    });
    expect(await caught(upload)).toMatchObject({
      code: 'ABORTED',
      cause: 'left',
      mayBeStored: false,
    });
    expect(traffic.toOss).toEqual(['PUT 1', 'PUT 2', 'DELETE']);
    const paused = uploaderOf(world, traffic).upload(fileOf(large), {
      onProgress: ({ sentBytes }) => {
        if (sentBytes !== PART) return;
        paused.pause();
        void setImmediate().then(() => paused.cancel());
      },
    });
    expect(await caught(paused)).toMatchObject({ code: 'ABORTED' });
    expect(traffic.toOss.slice(3)).toEqual(['PUT 1', 'DELETE']);
    const waiting = uploaderOf(world, traffic, { filesAtOnce: 0 }).upload(fileOf('abc'));
    waiting.cancel();
    expect(await caught(waiting)).toMatchObject({ code: 'ABORTED' });
  });

  it('a list of files is authorised in one request; who is refused does not hold up the others', async () => {
    const traffic = new Traffic();
    let atOnce = 0;
    let most = 0;
    traffic.before = async () => {
      most = Math.max(most, (atOnce += 1));
      await setImmediate();
      atOnce -= 1;
    };
    const uploader = uploaderOf(world, traffic, { filesAtOnce: 2 });
    const names = ['a.txt', 'secret.txt', 'b.txt', 'c.txt', 'd.txt'];
    const uploads = uploader.uploadAll(
      names.map((name, index) => ({
        file: fileOf(name, name),
        options: { wishes: { folder: 'list' }, variables: { albumId: index } },
      })),
    );
    const results = await Promise.allSettled(uploads);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(results[1]).toMatchObject({
      reason: {
        code: 'REFUSED_BY_APP',
        message: 'This file is not yours.',
        details: { appCode: 'UPLOAD_REFUSED', reason: 'not-yours' },
      },
    });
    expect(results[4]).toMatchObject({ value: { answer: { albumId: 4 } } });
    expect(traffic.toApp).toEqual(['POST /uploads']);
    expect(most).toBeLessThanOrEqual(2);
    expect(uploader.uploadAll([])).toEqual([]);
  });

  it('names what the app refuses', async () => {
    const uploader = uploaderOf(world, new Traffic());
    const tooLarge = await caught(uploader.upload(fileOf(Buffer.alloc(MAX_SIZE + 1))));
    expect(tooLarge).toMatchObject({ code: 'TOO_LARGE', details: { httpStatus: 403 } });
    const unknown = uploaderOf(world, new Traffic(), { url: `${world.url}/nothing` });
    expect(await caught(unknown.upload(fileOf('a')))).toMatchObject({
      code: 'REFUSED_BY_APP',
      details: { httpStatus: 404 },
    });
    const away = uploaderOf(world, new Traffic(), { url: 'http://127.0.0.1:1', retries: 0 });
    expect(await caught(away.upload(fileOf('a')))).toMatchObject({
      code: 'NETWORK',
      mayBeStored: false,
    });
    for (const text of ['<html>', 'null', '']) {
      const page = { status: 200, text: async () => text };
      const elsewhere = uploaderOf(world, new Traffic(), { fetch: async () => page });
      expect(await caught(elsewhere.upload(fileOf('a'))), text).toMatchObject({
        code: 'REFUSED_BY_APP',
        details: { httpStatus: 200 },
      });
    }
    const odd = { status: 403, text: async () => '{"message":"No.","reason":"constructor"}' };
    const oddly = uploaderOf(world, new Traffic(), { fetch: async () => odd });
    expect(await caught(oddly.upload(fileOf('a')))).toMatchObject({
      code: 'REFUSED_BY_APP',
      details: { reason: 'constructor' },
    });
    const nothing = uploader.upload({ uri: 'file:///a', name: 'a', type: '' });
    await expect(nothing).rejects.toThrow('The app needs the size');
  });

  it('is unconfirmed as long as nothing is known, and can be asked again', async () => {
    world.oss.faults.inject({ at: 'callback', effect: 'drop' });
    const away = world.oss.faults.inject(
      { at: 'head-object', effect: 'answer', status: 503 },
      { times: Infinity },
    );
    const uploader = uploaderOf(world, new Traffic(), { confirmWithinSeconds: 0 });
    const outcome = await uploader.upload(fileOf('abc'));
    expect(outcome).toMatchObject({ state: 'unconfirmed', reason: expect.any(String) });
    away();
    await world.reconciler.run({ uploadIds: [outcome.uploadId] });
    expect(await uploader.confirm(outcome.uploadId)).toMatchObject({ state: 'completed' });
  });

  it('asks about uploads alone, whatever a link says that their id is', async () => {
    const traffic = new Traffic();
    const uploader = uploaderOf(world, traffic);
    for (const id of ['../../accounts/7/delete?', '..', 'a/b', '', '%2e%2e/x']) {
      expect(await uploader.confirm(id)).toMatchObject({ state: 'unconfirmed' });
    }
    expect(traffic.toApp).toEqual([]);
  });

  it('an object that breaks its ticket is no success', async () => {
    const traffic = new Traffic();
    traffic.before = (_line, request) => Object.assign(request, { file: new Blob(['abcd']) });
    const uploader = uploaderOf(world, traffic);
    const error = await caught(uploader.upload(fileOf('abc'), { carriers: ['put'] }));
    expect(error).toMatchObject({
      code: 'NOT_COMPLETED',
      mayBeStored: true,
      details: { status: 'rejected' },
    });
  });
});
