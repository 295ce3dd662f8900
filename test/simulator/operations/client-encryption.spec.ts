import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../../src/simulator/index.js';
import { codeOf, send, startSimulator } from '../simulator-harness.js';

const PART = 100 * 1024;
const KEY = { 'x-oss-meta-client-side-encryption-key': 'a2V5' };

function begin(simulator: OssSimulator, headers: Record<string, string>) {
  return send(simulator, { method: 'POST', query: { uploads: '' }, headers });
}

describe('an upload in parts that an SDK encrypts', () => {
  const sizes = {
    'x-oss-meta-client-side-encryption-part-size': String(PART),
    'x-oss-meta-client-side-encryption-data-size': String(PART + 5),
  };

  it.each<Record<string, string>>([
    {},
    { 'x-oss-meta-client-side-encryption-part-size': String(PART) },
  ])('is begun with the sizes of the data and of a part, not with %o', async (some) => {
    const response = await begin(await startSimulator(), { ...KEY, ...some });
    expect([response.status, codeOf(await response.text())]).toEqual([
      400,
      'InvalidEncryptionRequest',
    ]);
  });

  it('is listed with what decrypts it', async () => {
    const simulator = await startSimulator();
    const cipher = { 'x-oss-meta-client-side-encryption-cek-alg': 'AES/CTR/NoPadding' };
    const begun = await begin(simulator, { ...KEY, ...sizes, ...cipher });
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text()) ?? [];
    const xml = await (await send(simulator, { query: { uploadId } })).text();
    expect(xml).toContain('<ClientEncryptionKey>a2V5</ClientEncryptionKey>');
    expect(xml).toContain('<ClientEncryptionCekAlg>AES/CTR/NoPadding</ClientEncryptionCekAlg>');
    expect(xml).toContain(`<ClientEncryptionPartSize>${PART}</ClientEncryptionPartSize>`);
    expect(xml).toContain(`<ClientEncryptionDataSize>${PART + 5}</ClientEncryptionDataSize>`);
    expect(xml).not.toContain('ClientEncryptionStart');
  });

  it.each([
    ['of these sizes', [PART, 5], 200],
    ['of these sizes but for the last', [PART, 0], 200],
    ['of too little', [PART], 400],
    ['divided otherwise', [PART + 1, 4], 400],
  ])('is completed with parts %s', async (_what, lengths, status) => {
    const simulator = await startSimulator();
    const begun = await begin(simulator, { ...KEY, ...sizes });
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text()) ?? [];
    for (const [index, length] of lengths.entries()) {
      const query = { uploadId, partNumber: String(index + 1) };
      await send(simulator, { method: 'PUT', query, body: Buffer.alloc(length) });
    }
    const headers = { 'x-oss-complete-all': 'yes' };
    const done = await send(simulator, { method: 'POST', query: { uploadId }, headers });
    const text = await done.text();
    expect(done.status).toBe(status);
    if (status !== 200) expect(codeOf(text)).toBe('InvalidEncryptionRequest');
    expect(simulator.objects.list()).toHaveLength(status === 200 ? 1 : 0);
  });
});
