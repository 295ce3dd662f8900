import { describe, expect, it } from 'vitest';
import { bucket, codeOf, region, send, startSimulator } from '../simulator-harness.js';

const KEY = 'x-oss-server-side-encryption-key-id';

describe('an object that is encrypted with KMS', () => {
  const kms = { 'x-oss-server-side-encryption': 'KMS' };

  it('has the key of the account, unless its upload names one', async () => {
    const simulator = await startSimulator();
    const put = await send(simulator, { method: 'PUT', body: 'a', headers: kms });
    const head = await send(simulator, { method: 'HEAD' });
    expect(put.headers.get(KEY)).toMatch(/^[0-9a-f-]{36}$/);
    expect(head.headers.get(KEY)).toBe(put.headers.get(KEY));
    const headers = { ...kms, [KEY]: 'own' };
    const named = await send(simulator, { method: 'PUT', body: 'a', headers });
    expect(named.headers.get(KEY)).toBe('own');
  });

  it('has it also because of its bucket', async () => {
    const buckets = { [bucket]: { region, serverSideEncryption: 'KMS' } };
    const simulator = await startSimulator({ buckets });
    await send(simulator, { method: 'PUT', body: 'a' });
    expect((await send(simulator, { method: 'HEAD' })).headers.get(KEY)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

it('an encryption that OSS does not have is refused', async () => {
  const simulator = await startSimulator();
  const headers = { 'x-oss-server-side-encryption': 'secret' };
  const response = await send(simulator, { method: 'PUT', body: 'a', headers });
  expect([response.status, codeOf(await response.text())]).toEqual([
    400,
    'InvalidEncryptionAlgorithmError',
  ]);
  expect(simulator.objects.list()).toEqual([]);
});
