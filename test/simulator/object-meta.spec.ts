import { expect, it } from 'vitest';
import { bucket, send, startSimulator } from './simulator-harness.js';

it('GetObjectMeta tells size, ETag and time, and nothing that the uploader sent', async () => {
  const simulator = await startSimulator();
  const headers = {
    'x-oss-meta-a': 'mine',
    'cache-control': 'no-cache',
    'content-type': 'text/css',
    'x-oss-storage-class': 'IA',
  };
  await send(simulator, { method: 'PUT', body: 'abc', headers });
  const query = { objectMeta: '' };
  const meta = await send(simulator, { method: 'HEAD', query });
  const etag = simulator.objects.get(bucket, 'a.txt')?.etag;
  expect([meta.headers.get('etag'), meta.headers.get('content-length')]).toEqual([
    `"${etag}"`,
    '3',
  ]);
  expect(Date.parse(meta.headers.get('last-modified') ?? '')).not.toBeNaN();
  for (const name of Object.keys(headers)) expect(meta.headers.get(name)).toBeNull();
});

it('made buckets are in the region of the local OSS', async () => {
  const simulator = await startSimulator({
    region: 'cn-beijing',
    buckets: {},
    checkSignatures: false,
  });
  const url = `${simulator.url}/fresh/`;
  expect((await fetch(url, { method: 'PUT' })).status).toBe(200);
  const location = await (await fetch(`${url}?location`)).text();
  expect(location).toContain('>oss-cn-beijing<');
});

it('a bucket of its own region keeps it, and signatures must name the region', async () => {
  const own = { [bucket]: { region: 'cn-hangzhou' } };
  const simulator = await startSimulator({ region: 'cn-beijing', buckets: own });
  expect((await send(simulator, { method: 'PUT', body: 'a' })).status).toBe(200);
  const other = await startSimulator({ region: 'cn-beijing', buckets: { [bucket]: {} } });
  const refused = await send(other, { method: 'PUT', body: 'a' });
  expect([refused.status, refused.headers.get('x-oss-ec')]).toEqual([400, '0002-00000226']);
});
