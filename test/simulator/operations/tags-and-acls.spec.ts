import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../../src/simulator/index.js';
import { bucket, codeOf, region, send, startSimulator } from '../simulator-harness.js';

const DOCUMENT = `<Tagging><TagSet>
  <Tag><Key>k 1</Key><Value>v/1</Value></Tag><Tag><Key>k2</Key><Value></Value></Tag>
</TagSet></Tagging>`;

function tag(simulator: OssSimulator, method: string, body?: string, versionId?: string) {
  const query = { tagging: '', ...(versionId === undefined ? {} : { versionId }) };
  return send(simulator, { method, query, ...(body === undefined ? {} : { body }) });
}

async function tagsOf(simulator: OssSimulator, versionId?: string): Promise<string[]> {
  const text = await (await tag(simulator, 'GET', undefined, versionId)).text();
  return [...text.matchAll(/<Tag>\s*<Key>(.*)<\/Key>\s*<Value>(.*)<\/Value>/g)].map(
    ([, key, value]) => `${key}=${value}`,
  );
}

describe('the tags of an object', () => {
  it('are put, shown, counted and deleted', async () => {
    const simulator = await startSimulator();
    await send(simulator, { method: 'PUT', body: 'a' });
    const modified = simulator.objects.get(bucket, 'a.txt')?.lastModified;
    expect(await tagsOf(simulator)).toEqual([]);
    expect((await tag(simulator, 'PUT', DOCUMENT)).status).toBe(200);
    expect(await tagsOf(simulator)).toEqual(['k 1=v/1', 'k2=']);
    const head = await send(simulator, { method: 'HEAD' });
    expect(head.headers.get('x-oss-tagging-count')).toBe('2');
    expect(simulator.objects.get(bucket, 'a.txt')?.lastModified).toEqual(modified);
    expect((await tag(simulator, 'DELETE')).status).toBe(204);
    expect(await tagsOf(simulator)).toEqual([]);
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('a');
  });

  it.each([
    ['PUT', { symlink: '' }, { 'x-oss-symlink-target': 'b' }],
    ['PUT', {}, {}],
    ['PUT', {}, { 'x-oss-copy-source': `/${bucket}/source`, 'x-oss-tagging-directive': 'REPLACE' }],
  ])('are set by %s %o %o', async (method, query, headers) => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'source', body: 'a' });
    const tagging = { 'x-oss-tagging': 'k+1=v%2F1&k2' };
    const sent = { ...(headers as Record<string, string>), ...tagging };
    expect((await send(simulator, { method, query, headers: sent })).status).toBe(200);
    expect(await tagsOf(simulator)).toEqual(['k 1=v/1', 'k2=']);
  });

  it('belong to a version', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, versioned: true } } });
    const ids: string[] = [];
    for (const body of ['1', '2']) {
      const response = await send(simulator, { method: 'PUT', body });
      ids.push(response.headers.get('x-oss-version-id') ?? '');
    }
    const put = await tag(simulator, 'PUT', DOCUMENT, ids[0]);
    expect([put.status, put.headers.get('x-oss-version-id')]).toEqual([200, ids[0]]);
    expect(await tagsOf(simulator)).toEqual([]);
    expect(await tagsOf(simulator, ids[0])).toEqual(['k 1=v/1', 'k2=']);
    const deleted = await send(simulator, { method: 'DELETE' });
    const marker = deleted.headers.get('x-oss-version-id') ?? '';
    const ofMarker = await tag(simulator, 'GET', undefined, marker);
    expect([ofMarker.status, codeOf(await ofMarker.text())]).toEqual([404, 'NoSuchKey']);
  });

  it.each([
    [
      'a name twice',
      tagDocument(['k', 'a'], ['k', 'b']),
      'k=a&k=b',
      'InvalidTag',
      'InvalidArgument',
    ],
    ['no name', tagDocument(['', 'v']), '=v', 'InvalidTag', 'InvalidTag'],
    ['other characters', tagDocument(['k!', 'a']), 'k!=a', 'InvalidTag', 'InvalidTag'],
    [
      'a long name',
      tagDocument(['k'.repeat(129), 'a']),
      `${'k'.repeat(129)}=a`,
      'InvalidTag',
      'InvalidTag',
    ],
    [
      'a long value',
      tagDocument(['k', 'v'.repeat(257)]),
      `k=${'v'.repeat(257)}`,
      'InvalidTag',
      'InvalidTag',
    ],
    [
      'more than ten',
      tagDocument(...Array.from({ length: 11 }, (_, index) => [`k${index}`, ''] as const)),
      Array.from({ length: 11 }, (_, index) => `k${index}`).join('&'),
      'BadRequest',
      'BadRequest',
    ],
    ['no XML, and two equals signs', 'k=v', 'k=v=w', 'MalformedXML', 'InvalidArgument'],
    ['no XML, and no UTF-8', 'k=v', 'k=%ff', 'MalformedXML', 'InvalidArgument'],
  ])('are refused with %s', async (_what, document, header, ofDocument, ofHeader) => {
    const simulator = await startSimulator();
    await send(simulator, { method: 'PUT', body: 'a' });
    const put = await tag(simulator, 'PUT', document);
    expect([put.status, codeOf(await put.text())]).toEqual([400, ofDocument]);
    const uploaded = await send(simulator, {
      method: 'PUT',
      body: 'b',
      headers: { 'x-oss-tagging': header },
    });
    expect([uploaded.status, codeOf(await uploaded.text())]).toEqual([400, ofHeader]);
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('a');
    expect(await tagsOf(simulator)).toEqual([]);
  });

  it('are refused with a message that names the key or the value', async () => {
    const simulator = await startSimulator();
    for (const [header, named] of [
      ['k!=v', 'TagKey'],
      ['k=v!', 'TagValue'],
    ] as const) {
      const headers = { 'x-oss-tagging': header };
      const response = await send(simulator, { method: 'PUT', body: 'a', headers });
      expect(await response.text()).toContain(`The ${named} you have provided is invalid`);
    }
  });

  it('are refused without a document, and for an object that is not there', async () => {
    const simulator = await startSimulator();
    const missing = await tag(simulator, 'PUT', DOCUMENT);
    expect(codeOf(await missing.text())).toBe('NoSuchKey');
    expect(codeOf(await (await tag(simulator, 'PUT', '<Other/>')).text())).toBe('MalformedXML');
  });
});

describe('the ACL of an object', () => {
  it('is put, shown, and decides what may be read without a key', async () => {
    const simulator = await startSimulator();
    await send(simulator, { method: 'PUT', body: 'a' });
    const readWithoutKey = async () => (await fetch(`${simulator.url}/${bucket}/a.txt`)).status;
    const put = (acl: string) =>
      send(simulator, { method: 'PUT', query: { acl: '' }, headers: { 'x-oss-object-acl': acl } });
    const grant = async () => {
      const text = await (await send(simulator, { query: { acl: '' } })).text();
      return /<Grant>(.*)<\/Grant>/.exec(text)?.[1];
    };
    expect([await grant(), await readWithoutKey()]).toEqual(['default', 403]);
    expect((await put('public-read')).status).toBe(200);
    expect([await grant(), await readWithoutKey()]).toEqual(['public-read', 200]);
    expect((await put('default')).status).toBe(200);
    expect([await grant(), await readWithoutKey()]).toEqual(['default', 403]);
    const unknown = await put('secret');
    expect([unknown.status, codeOf(await unknown.text())]).toEqual([400, 'InvalidArgument']);
    const missing = await send(simulator, { method: 'PUT', query: { acl: '' } });
    expect([missing.status, codeOf(await missing.text())]).toEqual([400, 'MissingArgument']);
    expect(simulator.objects.get(bucket, 'a.txt')?.bytes.toString()).toBe('a');
  });

  it('is that of the bucket if an upload has an empty header for it', async () => {
    const simulator = await startSimulator();
    const headers = { 'x-oss-object-acl': '', 'x-oss-storage-class': '', 'x-oss-tagging': '' };
    expect((await send(simulator, { method: 'PUT', body: 'a', headers })).status).toBe(200);
    const told = await send(simulator, { query: { acl: '' } });
    expect(await told.text()).toContain('<Grant>default</Grant>');
    const head = await send(simulator, { method: 'HEAD' });
    expect(head.headers.get('x-oss-storage-class')).toBe('Standard');
  });

  it('cannot be put without a key, nor an unknown one with an upload', async () => {
    const acl = 'public-read-write' as const;
    const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } } });
    await send(simulator, { method: 'PUT', body: 'a' });
    const headers = { 'x-oss-object-acl': 'private' };
    const url = `${simulator.url}/${bucket}/a.txt`;
    expect((await fetch(`${url}?acl`, { method: 'PUT', headers })).status).toBe(403);
    const unknown = { 'x-oss-object-acl': 'secret' };
    const uploaded = await send(simulator, { method: 'PUT', body: 'b', headers: unknown });
    expect(codeOf(await uploaded.text())).toBe('InvalidArgument');
  });

  it('belongs to a version, which cannot be tagged without a key if it is private', async () => {
    const buckets = { [bucket]: { region, versioned: true, acl: 'public-read-write' as const } };
    const simulator = await startSimulator({ buckets });
    const response = await send(simulator, { method: 'PUT', body: '1' });
    const versionId = response.headers.get('x-oss-version-id') ?? '';
    await send(simulator, { method: 'PUT', body: '2' });
    await send(simulator, {
      method: 'PUT',
      query: { acl: '', versionId },
      headers: { 'x-oss-object-acl': 'private' },
    });
    const url = `${simulator.url}/${bucket}/a.txt`;
    const tagging = (query: string) =>
      fetch(`${url}?tagging${query}`, { method: 'PUT', body: DOCUMENT }).then((one) => one.status);
    expect(await tagging('')).toBe(200);
    expect(await tagging(`&versionId=${versionId}`)).toBe(403);
    expect((await fetch(`${url}?versionId=${versionId}`)).status).toBe(403);
  });
});

function tagDocument(...tags: (readonly [key: string, value: string])[]): string {
  const elements = tags.map(
    ([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`,
  );
  return `<Tagging><TagSet>${elements.join('')}</TagSet></Tagging>`;
}
