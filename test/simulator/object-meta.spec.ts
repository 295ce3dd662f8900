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
