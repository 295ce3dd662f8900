import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallbackRecord, OssSimulator } from '../../src/simulator/index.js';
import { platforms } from '../support/platforms.js';
import { type AppProcess, startApp } from '../soak/start-app.js';
import { appOptions } from '../support/app-module.js';
import { startOss, startTestApp, type TestApp } from '../support/test-app.js';
import { deliver, lastCallback } from './deliver.js';
import { startBrokenLoadBalancer } from './load-balancer.js';

describe.each(platforms)('two processes of one app, on %s', (platform) => {
  let oss: OssSimulator;
  let balancer: Awaited<ReturnType<typeof startBrokenLoadBalancer>>;
  /** Authorises the uploads, and gets no callback. */
  let front: TestApp;
  let processes: AppProcess[];

  beforeAll(async () => {
    oss = await startOss();
    balancer = await startBrokenLoadBalancer();
    const callback = { url: `${balancer.url}/oss/callback` };
    front = await startTestApp({
      controllers: [],
      oss,
      // the address of the other processes, of which this one has no route
      options: { publicUrl: 'https://app.example.org', callback },
    });
    const settings = {
      platform,
      databaseUrl: front.database.url,
      handlers: 'none',
      options: appOptions('https://app.example.org', { url: oss.url }),
    } as const;
    processes = await Promise.all([startApp(settings), startApp(settings)]);
    // the first callback of a process takes longest
    const { callback: one } = await upload();
    for (const { url } of processes) expect((await deliver(url, one)).status).toBe(200);
  });
  afterAll(async () => {
    await Promise.all((processes ?? []).map((process) => process.stop()));
    await front.stop();
    await balancer.stop();
    await oss.stop();
  });

  async function upload(): Promise<{ uploadId: string; callback: CallbackRecord }> {
    const { method, url, headers, uploadId } = await front.uploads.authorizePutObject({
      objectPrefix: 'both/',
    });
    await (await fetch(url, { method, headers, body: 'hello' })).text();
    return { uploadId, callback: lastCallback(oss) };
  }

  it('make one upload of a callback that both get at the same moment', async () => {
    const uploads = [];
    for (let index = 0; index < 25; index += 1) uploads.push(await upload());
    const deliveries = uploads.flatMap((uploaded) =>
      processes.map(async (process) => ({
        uploaded,
        answer: await deliver(process.url, uploaded.callback),
      })),
    );
    for (const { uploaded, answer } of await Promise.all(deliveries)) {
      expect([answer.status, answer.json]).toEqual([
        200,
        { uploadId: uploaded.uploadId, key: `both/${uploaded.uploadId}`, status: 'completed' },
      ]);
    }
    const { uploads: rows } = await front.audit.find({ limit: 1_000 });
    const statuses = new Map(rows.map(({ id, status }) => [id, status]));
    expect(rows).toHaveLength(uploads.length + 1); // and the first one
    for (const { uploadId } of uploads) expect(statuses.get(uploadId)).toBe('completed');
  });

  it('take over from each other when one is killed', async () => {
    const [first, second] = processes as [AppProcess, AppProcess];
    const uploaded = await upload();
    const dying = deliver(first.url, uploaded.callback).catch(() => undefined);
    await first.kill();
    await dying;
    const answer = await deliver(second.url, uploaded.callback);
    expect(answer.status).toBe(200);
    expect(await front.audit.get(uploaded.uploadId)).toMatchObject({ status: 'completed' });
  });
});
