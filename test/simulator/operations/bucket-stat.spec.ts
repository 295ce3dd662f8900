import { describe, expect, it } from 'vitest';
import { bucket, codeOf, region, send, startSimulator } from '../simulator-harness.js';

const contentOf = (xml: string, name: string) =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

describe('GetBucketStat', () => {
  const stat = { object: '', query: { stat: '' } };

  it('counts objects by their storage class, uploads and parts', async () => {
    const simulator = await startSimulator();
    const headers = { 'x-oss-storage-class': 'IA' };
    await simulator.objects.put({ bucket, object: 'a', body: '12345' });
    await simulator.objects.put({ bucket, object: 'b', body: '123', headers });
    const begun = await send(simulator, { method: 'POST', query: { uploads: '' } });
    const uploadId = contentOf(await begun.text(), 'UploadId') ?? '';
    await send(simulator, { method: 'PUT', query: { partNumber: '1', uploadId }, body: 'part' });
    const xml = await (await send(simulator, stat)).text();
    expect(Object.fromEntries([...xml.matchAll(/<(\w+)>(\d+)<\/\1>/g)].map(([, ...one]) => one)))
      // prettier-ignore
      .toMatchObject({
        Storage: '8',
        ObjectCount: '2',
        MultipartUploadCount: '1',
        MultipartPartCount: '1',
        LiveChannelCount: '0',
        StandardStorage: '5',
        StandardObjectCount: '1',
        InfrequentAccessStorage: '3',
        InfrequentAccessRealStorage: '3',
        InfrequentAccessObjectCount: '1',
        ArchiveStorage: '0',
        ArchiveObjectCount: '0',
        ColdArchiveStorage: '0',
      });
  });

  it('counts all versions, and delete markers apart', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, versioned: true } } });
    for (const body of ['1', '12']) await simulator.objects.put({ bucket, object: 'a', body });
    await send(simulator, { method: 'DELETE', object: 'a' });
    const xml = await (await send(simulator, stat)).text();
    const found = ['Storage', 'ObjectCount', 'DeleteMarkerCount'].map((one) => contentOf(xml, one));
    expect(found).toEqual(['3', '2', '1']);
  });

  it('tells when something was stored last, in seconds', async () => {
    const simulator = await startSimulator({ clock: () => new Date(1_700_000_000_500) });
    const signedAt = new Date(1_700_000_000_000);
    const told = async () =>
      contentOf(await (await send(simulator, { ...stat, signedAt })).text(), 'LastModifiedTime');
    expect(await told()).toBe('0');
    await simulator.objects.put({ bucket, object: 'a', body: 'a' });
    expect(await told()).toBe('1700000000');
  });

  it('needs a bucket', async () => {
    const simulator = await startSimulator({ checkSignatures: false });
    const response = await fetch(`${simulator.url}/other-bucket/?stat`);
    expect([response.status, codeOf(await response.text())]).toEqual([404, 'NoSuchBucket']);
  });
});

describe('HEAD of a bucket', () => {
  it('tells whether it exists', async () => {
    const simulator = await startSimulator({ checkSignatures: false });
    const head = (name: string) => fetch(`${simulator.url}/${name}/`, { method: 'HEAD' });
    const there = await head(bucket);
    expect([there.status, there.headers.get('x-oss-bucket-region')]).toEqual([
      200,
      'oss-cn-hangzhou',
    ]);
    expect((await head('other-bucket')).status).toBe(404);
  });
});

describe('ListLiveChannel', () => {
  it('finds none, so that clients can empty a bucket of whatever may be in it', async () => {
    const simulator = await startSimulator();
    const response = await send(simulator, { object: '', query: { live: '', 'max-keys': '10' } });
    const xml = await response.text();
    expect(response.status).toBe(200);
    expect([contentOf(xml, 'IsTruncated'), contentOf(xml, 'MaxKeys')]).toEqual(['false', '10']);
    expect(xml).not.toContain('<LiveChannel>');
    const made = await send(simulator, { method: 'PUT', query: { live: '' }, body: '<a/>' });
    expect(codeOf(await made.text())).toBe('NotImplemented');
  });
});
