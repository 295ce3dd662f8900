import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import { bucket, codeOf, send, startSimulator } from './simulator-harness.js';

/** A name that XML cannot hold as it is, and that a sloppy decoder of query strings would change. */
const NAME = 'a+b 中/\u0001\u001f\n.txt';
const ENCODED = 'a%2Bb%20%E4%B8%AD%2F%01%1F%0A.txt';

/** The texts of all elements of a name. */
function texts(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) => text!);
}

async function begin(simulator: OssSimulator, object: string, headers = {}): Promise<string> {
  const query = { uploads: '' };
  const response = await send(simulator, { method: 'POST', object, query, headers });
  return texts(await response.text(), 'UploadId')[0]!;
}

async function list(simulator: OssSimulator, query: Record<string, string>, object = '') {
  return (await send(simulator, { object, query })).text();
}

describe('a client that cleans up a bucket', () => {
  it('learns that there are no access points', async () => {
    const simulator = await startSimulator();
    const points = await list(simulator, { accessPoint: '' });
    expect(points).toContain('<ListAccessPointsResult>');
    expect(texts(points, 'IsTruncated')).toEqual(['false']);
    expect(points).not.toContain('<AccessPoint>');
  });
});

describe('a prefix, a delimiter or a marker', () => {
  it.each([
    [{}, ['prefix', 'delimiter', 'marker']],
    [{ 'list-type': '2' }, ['prefix', 'delimiter', 'start-after']],
    [{ versions: '' }, ['prefix', 'delimiter', 'key-marker', 'version-id-marker']],
    [{ uploads: '' }, ['prefix', 'delimiter', 'key-marker', 'upload-id-marker']],
  ])('of %o is at most 1,024 bytes long', async (query, names) => {
    const simulator = await startSimulator();
    for (const name of names) {
      const ask = (text: string) => list(simulator, { ...query, [name]: text });
      expect(await ask('é'.repeat(512))).toContain('<IsTruncated>false</IsTruncated>');
      expect([name, codeOf(await ask(`${'é'.repeat(512)}a`))]).toEqual([name, 'InvalidArgument']);
    }
  });
});

it('an empty encoding-type is none', async () => {
  const simulator = await startSimulator();
  await simulator.objects.put({ bucket, object: 'a b', body: 'a' });
  for (const query of [{}, { 'list-type': '2' }, { versions: '' }] as Record<string, string>[]) {
    const xml = await list(simulator, { ...query, 'encoding-type': '' });
    expect([texts(xml, 'Key'), texts(xml, 'EncodingType')]).toEqual([['a b'], []]);
  }
  expect(codeOf(await list(simulator, { 'encoding-type': 'base64' }))).toBe('InvalidArgument');
});

describe('encoding-type=url', () => {
  const url = { 'encoding-type': 'url' };

  it('lists objects with encoded names and markers', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: NAME, body: 'a' });
    await simulator.objects.put({ bucket, object: `${NAME}2`, body: 'a' });
    for (const version of [{}, { 'list-type': '2' }] as Record<string, string>[]) {
      const xml = await list(simulator, { ...url, ...version, prefix: 'a+b 中', 'max-keys': '1' });
      expect(texts(xml, 'EncodingType')).toEqual(['url']);
      expect(texts(xml, 'Key')).toEqual([ENCODED]);
      expect(texts(xml, 'Prefix')).toEqual(['a%2Bb%20%E4%B8%AD']);
      const [token] = texts(xml, 'NextContinuationToken');
      if (token === undefined) expect(texts(xml, 'NextMarker')).toEqual([ENCODED]);
      else expect(token).toBe(decodeURIComponent(token.replaceAll('+', ' ')));
    }
  });

  it('is what clients need for control characters, which stand in XML as they are', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: NAME, body: 'a' });
    for (const version of [{}, { 'list-type': '2' }] as Record<string, string>[]) {
      expect(texts(await list(simulator, version), 'Key')).toEqual([NAME]);
    }
  });

  it('goes through a multipart upload', async () => {
    const simulator = await startSimulator();
    const ask = async (method: string, query: Record<string, string>, body?: string) => {
      const parts = { method, object: NAME, query, ...(body === undefined ? {} : { body }) };
      const xml = await (await send(simulator, parts)).text();
      expect([texts(xml, 'EncodingType'), texts(xml, 'Key')]).toEqual([['url'], [ENCODED]]);
      return xml;
    };
    const begun = await ask('POST', { uploads: '', ...url });
    const [uploadId = ''] = texts(begun, 'UploadId');
    await send(simulator, {
      method: 'PUT',
      object: NAME,
      query: { uploadId, partNumber: '1' },
      body: 'abc',
    });
    const [etag] = texts(await ask('GET', { uploadId, ...url }), 'ETag');
    const uploads = await list(simulator, { uploads: '', ...url });
    expect([texts(uploads, 'EncodingType'), texts(uploads, 'Key')]).toEqual([['url'], [ENCODED]]);
    const part = `<Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
    await ask('POST', { uploadId, ...url }, body);
    expect(simulator.objects.get(bucket, NAME)?.bytes.toString()).toBe('abc');
  });

  it('is the only encoding, also of uploads and parts', async () => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator, 'a');
    const other = { 'encoding-type': 'base64' };
    const answers = [
      await list(simulator, other),
      await list(simulator, { uploads: '', ...other }),
      await list(simulator, { uploadId, ...other }, 'a'),
    ];
    expect(answers.map(codeOf)).toEqual(answers.map(() => 'InvalidArgument'));
  });
});

describe('ListMultipartUploads', () => {
  const DIGITS = '0123456789ABCDEF'.split('');

  it('finds a delimiter in keys, never in upload ids', async () => {
    const simulator = await startSimulator();
    for (const object of ['x', 'y', 'z']) await begin(simulator, object);
    for (const delimiter of DIGITS) {
      const xml = await list(simulator, { uploads: '', delimiter });
      expect([texts(xml, 'Key'), xml.includes('<CommonPrefixes>')]).toEqual([
        ['x', 'y', 'z'],
        false,
      ]);
    }
  });

  it.each([1, 2, 3])('ends, with pages of %d that end on common prefixes', async (size) => {
    const simulator = await startSimulator();
    for (const object of ['a', 'a', 'b/1', 'b/2', 'c', 'd/1', 'e/1'])
      await begin(simulator, object);
    const found: string[] = [];
    let marker: Record<string, string> = {};
    for (let pages = 1; ; pages += 1) {
      expect(pages).toBeLessThan(8);
      const query = { uploads: '', delimiter: '/', 'max-uploads': String(size), ...marker };
      const xml = await list(simulator, query);
      const prefixes = texts(xml, 'Prefix').filter((text) => text !== '');
      found.push(...texts(xml, 'Key'), ...prefixes);
      if (texts(xml, 'IsTruncated')[0] !== 'true') break;
      marker = {
        'key-marker': texts(xml, 'NextKeyMarker')[0]!,
        'upload-id-marker': texts(xml, 'NextUploadIdMarker')[0]!,
      };
    }
    expect(found.toSorted()).toEqual(['a', 'a', 'b/', 'c', 'd/', 'e/']);
  });

  it('goes on after a key, or after one of its uploads', async () => {
    const simulator = await startSimulator();
    const ids: string[] = [];
    for (const object of ['a', 'a', 'b']) ids.push(await begin(simulator, object));
    const [first] = ids.slice(0, 2).toSorted();
    const after = async (query: Record<string, string>) =>
      texts(await list(simulator, { uploads: '', ...query }), 'Key');
    expect(await after({ 'key-marker': 'a' })).toEqual(['b']);
    expect(await after({ 'key-marker': 'a', 'upload-id-marker': first! })).toEqual(['a', 'b']);
    expect(await after({ 'upload-id-marker': first! })).toEqual(['a', 'a', 'b']);
  });

  it('names the last upload of every page, also of the last', async () => {
    const simulator = await startSimulator();
    await begin(simulator, 'a');
    const id = await begin(simulator, 'b');
    const xml = await list(simulator, { uploads: '' });
    expect(texts(xml, 'IsTruncated')).toEqual(['false']);
    expect([texts(xml, 'NextKeyMarker'), texts(xml, 'NextUploadIdMarker')]).toEqual([['b'], [id]]);
  });
});

describe('ListParts', () => {
  it('tells the storage class, and a next marker only where there are parts', async () => {
    const simulator = await startSimulator();
    const uploadId = await begin(simulator, 'a', { 'x-oss-storage-class': 'IA' });
    const none = await list(simulator, { uploadId }, 'a');
    expect(texts(none, 'StorageClass')).toEqual(['IA']);
    expect(texts(none, 'NextPartNumberMarker')).toEqual(['']);
    const query = { uploadId, partNumber: '7' };
    await send(simulator, { method: 'PUT', object: 'a', query, body: 'a' });
    const one = await list(simulator, { uploadId }, 'a');
    expect(texts(one, 'NextPartNumberMarker')).toEqual(['7']);
  });
});

describe('ListObjectsV2', () => {
  it('begins at the start where the continuation token is empty', async () => {
    const simulator = await startSimulator();
    for (const object of ['a', 'b']) await simulator.objects.put({ bucket, object, body: 'a' });
    const query = { 'list-type': '2', 'continuation-token': '' };
    expect(texts(await list(simulator, query), 'Key')).toEqual(['a', 'b']);
    const after = { ...query, 'start-after': 'a' };
    expect(texts(await list(simulator, after), 'Key')).toEqual(['b']);
  });

  it('goes on by tokens that percent-decoding does not change', async () => {
    const simulator = await startSimulator();
    const names = ['>>>', '???', '~~~'];
    for (const object of names) await simulator.objects.put({ bucket, object, body: 'a' });
    const found: string[] = [];
    let token = '';
    do {
      const query = { 'list-type': '2', 'max-keys': '1', 'continuation-token': token };
      const xml = await list(simulator, { ...query, 'encoding-type': 'url' });
      found.push(...texts(xml, 'Key').map(decodeURIComponent));
      [token = ''] = texts(xml, 'NextContinuationToken');
      expect(new URLSearchParams(`token=${token}`).get('token')).toBe(token);
    } while (token !== '');
    expect(found).toEqual(names);
  });
});
