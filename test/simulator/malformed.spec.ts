import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sendMalformed } from '../soak/send-malformed.js';
import { bucket, send, startSimulator, temporaryFolder } from './simulator-harness.js';

const KNOWN = [
  /^callback-private-key\.pem$/,
  /^buckets\.json$/,
  /^(?:content|objects|uploads)$/,
  /^content\/[0-9a-f-]{36}$/,
  /^objects\/[0-9a-f]{64}\.json$/,
  /^uploads\/[0-9A-F]{32}(?:\/(?:upload|\d+)\.json)?$/,
];

it.each([true, false])(
  '1,000 malformed requests leave it running and nothing outside its folder, signatures checked: %s',
  async (checkSignatures) => {
    const parent = await temporaryFolder();
    await writeFile(join(parent, 'canary'), 'unchanged');
    const dataDirectory = join(parent, 'a', 'oss');
    await mkdir(dataDirectory, { recursive: true });
    const simulator = await startSimulator({ dataDirectory, checkSignatures });
    const result = await sendMalformed(simulator.url, { count: 1_000, seed: 20_261_121 });
    expect(result.hanging).toEqual([]);
    expect(Object.keys(result.sent).length).toBeGreaterThan(12);

    expect((await send(simulator, { method: 'PUT', object: 'good', body: 'a' })).status).toBe(200);
    expect(simulator.objects.get(bucket, 'good')?.bytes.toString()).toBe('a');
    expect((await readdir(parent)).toSorted()).toEqual(['a', 'canary']);
    expect(await readdir(join(parent, 'a'))).toEqual(['oss']);
    for (const name of await readdir(dataDirectory, { recursive: true })) {
      expect(
        KNOWN.some((pattern) => pattern.test(name)),
        name,
      ).toBe(true);
    }
    expect(simulator.faults.pending).toEqual([]);
  },
);

it('200 uploads of 1 MB at once all arrive intact', async () => {
  const simulator = await startSimulator({ dataDirectory: await temporaryFolder() });
  const bodies = Array.from({ length: 200 }, (_, index) => Buffer.alloc(1024 * 1024, `${index} `));
  const statuses = await Promise.all(
    bodies.map(async (body, index) => {
      const { status } = await send(simulator, { method: 'PUT', object: `o/${index}`, body });
      return status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  for (const [index, body] of bodies.entries()) {
    expect(simulator.objects.get(bucket, `o/${index}`)?.bytes.equals(body), `${index}`).toBe(true);
  }
});
