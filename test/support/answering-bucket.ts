import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { OssCallbackOptions } from '../../src/options/options.js';
import type { ResolvedBucket } from '../../src/options/resolved.js';
import { resolveOssCallbackOptions } from '../../src/options/validation.js';

/** A bucket whose OSS answers as the listener does, until the test ends. */
export async function bucketOf(
  listener: RequestListener,
  options: Partial<OssCallbackOptions> = {},
): Promise<ResolvedBucket> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { buckets } = resolveOssCallbackOptions({
    publicUrl: 'http://localhost:3000',
    buckets: { main: { bucket: 'photos', region: 'cn-hangzhou' } },
    tickets: { secrets: ['f3a9c1d27b845e60f3a9c1d27b845e60'] },
    localOss: { url: `http://127.0.0.1:${port}` },
    ...options,
  });
  return [...buckets.values()][0]!;
}
