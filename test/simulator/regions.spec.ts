import { expect, it } from 'vitest';
import { readCommand } from '../../src/simulator/cli-options.js';
import { bucket, send, startSimulator } from './simulator-harness.js';

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

it('made buckets are in the region of --region', async () => {
  const command = readCommand(['--bucket', 'photos', '--region', 'cn-beijing', '--no-signatures']);
  if (command.run !== 'serve') throw new Error(JSON.stringify(command));
  const simulator = await startSimulator({ ...command.options, port: 0 });
  for (const name of ['photos', 'fresh']) {
    const url = `${simulator.url}/${name}/`;
    expect((await fetch(url, { method: 'PUT' })).status).toBe(200);
    expect(await (await fetch(`${url}?location`)).text()).toContain('>oss-cn-beijing<');
  }
});

it('a bucket of its own region keeps it, and signatures must name the region', async () => {
  const own = { [bucket]: { region: 'cn-hangzhou' } };
  const simulator = await startSimulator({ region: 'cn-beijing', buckets: own });
  expect((await send(simulator, { method: 'PUT', body: 'a' })).status).toBe(200);
  const other = await startSimulator({ region: 'cn-beijing', buckets: { [bucket]: {} } });
  const refused = await send(other, { method: 'PUT', body: 'a' });
  expect([refused.status, refused.headers.get('x-oss-ec')]).toEqual([400, '0002-00000226']);
});
