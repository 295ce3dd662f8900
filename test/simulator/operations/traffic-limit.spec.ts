import { describe, expect, it } from 'vitest';
import { bucket, codeOf, type RequestParts, send, startSimulator } from '../simulator-harness.js';

/** The lowest that OSS has: 30 KiB a second. */
const LIMIT = { 'x-oss-traffic-limit': '245760' };
const CONTENT = Buffer.alloc(15 * 1024, 7);

async function elapsedMs(ask: () => Promise<Response>): Promise<number> {
  const startedAt = performance.now();
  const response = await ask();
  expect(response.ok).toBe(true);
  expect(response.headers.get('x-oss-qos-delay-time')).toMatch(/^\d+$/);
  await response.arrayBuffer();
  return performance.now() - startedAt;
}

describe('x-oss-traffic-limit', () => {
  it.each<[string, RequestParts]>([
    ['an upload', { method: 'PUT', object: 'b', body: CONTENT, headers: LIMIT }],
    ['a download', { headers: LIMIT }],
    ['a part of a download', { headers: { ...LIMIT, range: 'bytes=0-15359' } }],
    ['a download by its query', { query: LIMIT }],
  ])('slows %s down, which arrives whole', async (_what, request) => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a.txt', body: CONTENT });
    expect(await elapsedMs(() => send(simulator, request))).toBeGreaterThan(400);
    for (const { bytes } of simulator.objects.list()) expect(bytes.equals(CONTENT)).toBe(true);
  });

  it.each(['245759', '838860801', 'fast'])('cannot be %j', async (limit) => {
    const simulator = await startSimulator();
    const headers = { 'x-oss-traffic-limit': limit };
    const response = await send(simulator, { method: 'PUT', headers, body: 'a' });
    expect([response.status, codeOf(await response.text())]).toEqual([400, 'InvalidArgument']);
    expect(simulator.objects.list()).toEqual([]);
  });
});
