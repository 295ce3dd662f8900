import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../../src/simulator/index.js';
import { bucket, region, send, startSimulator } from '../simulator-harness.js';

const buckets = { [bucket]: { region, versioned: true } };

async function list(simulator: OssSimulator, query: Record<string, string> = {}) {
  const response = await send(simulator, { object: '', query: { versions: '', ...query } });
  const text = (await response.text()).replace(/>\s+</g, '><');
  const valueOf = (xml: string, name: string) =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return {
    text,
    entries: [...text.matchAll(/<(Version|DeleteMarker)>(.*?)<\/\1>/g)].map(
      ([, kind, xml = '']) => ({
        kind,
        key: valueOf(xml, 'Key'),
        id: valueOf(xml, 'VersionId'),
        isLatest: valueOf(xml, 'IsLatest'),
      }),
    ),
    next: { 'key-marker': valueOf(text, 'NextKeyMarker') },
    nextId: valueOf(text, 'NextVersionIdMarker'),
    isTruncated: valueOf(text, 'IsTruncated') === 'true',
  };
}

describe('ListObjectVersions', () => {
  it('shows versions and delete markers, the newest of each object first', async () => {
    const simulator = await startSimulator({ buckets });
    const ids: (string | null)[] = [];
    for (const [method, object] of [
      ['PUT', 'b'],
      ['PUT', 'a'],
      ['PUT', 'a'],
      ['DELETE', 'a'],
    ] as const) {
      const body = method === 'PUT' ? { body: object } : {};
      const response = await send(simulator, { method, object, ...body });
      ids.push(response.headers.get('x-oss-version-id'));
    }
    const { text, entries, isTruncated } = await list(simulator);
    expect(entries).toEqual([
      { kind: 'DeleteMarker', key: 'a', id: ids[3], isLatest: 'true' },
      { kind: 'Version', key: 'a', id: ids[2], isLatest: 'false' },
      { kind: 'Version', key: 'a', id: ids[1], isLatest: 'false' },
      { kind: 'Version', key: 'b', id: ids[0], isLatest: 'true' },
    ]);
    expect(isTruncated).toBe(false);
    expect(text).toContain(
      `<ListVersionsResult><Name>${bucket}</Name><Prefix></Prefix><KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker><MaxKeys>100</MaxKeys>`,
    );
    expect(text).toMatch(
      /<IsLatest>true<\/IsLatest><LastModified>[^<]*\.000Z<\/LastModified><ETag>&quot;\w{32}&quot;<\/ETag><Type>Normal<\/Type><Size>1<\/Size><StorageClass>Standard<\/StorageClass><Owner><ID>/,
    );
  });

  it.each([
    [1, 'as it is'],
    [1, 'while it is deleted'],
    [2, 'as it is'],
    [2, 'while it is deleted'],
    [3, 'while it is deleted'],
  ])('comes to an end in pages of %i %s', async (max, how) => {
    const simulator = await startSimulator({ buckets });
    for (const object of ['a', 'a', 'a', 'b', 'c', 'c']) {
      await send(simulator, { method: 'PUT', object, body: object });
    }
    const { entries: all } = await list(simulator);
    const found: typeof all = [];
    let query: Record<string, string> = {};
    for (;;) {
      const page = await list(simulator, { ...query, 'max-keys': String(max) });
      found.push(...page.entries);
      for (const { key = '', id = '' } of how === 'as it is' ? [] : page.entries) {
        await send(simulator, { method: 'DELETE', object: key, query: { versionId: id } });
      }
      if (!page.isTruncated) break;
      query = {
        'key-marker': page.next['key-marker'] ?? '',
        'version-id-marker': page.nextId ?? '',
      };
    }
    const named = (entries: typeof all) => entries.map(({ key, id }) => [key, id]);
    expect(named(found)).toEqual(named(all));
    expect(all.map(({ key }) => key).join('')).toBe('aaabcc');
  });

  it('groups by a delimiter, filters by a prefix, and begins after a marker', async () => {
    const simulator = await startSimulator({ buckets });
    for (const object of ['d/1', 'd/1', 'd/e/2', 'f\u0001']) {
      await send(simulator, { method: 'PUT', object, body: '1' });
    }
    const keys = async (query: Record<string, string>) => {
      const { entries, text } = await list(simulator, query);
      const prefixes = [...text.matchAll(/<CommonPrefixes><Prefix>([^<]*)/g)].map(([, one]) => one);
      return [entries.map(({ key }) => key), prefixes];
    };
    expect(await keys({ delimiter: '/', 'encoding-type': 'url' })).toEqual([['f%01'], ['d%2F']]);
    expect(await keys({ delimiter: '/', prefix: 'd/' })).toEqual([['d/1', 'd/1'], ['d/e/']]);
    expect(await keys({ 'key-marker': 'd/1', prefix: 'd' })).toEqual([['d/e/2'], []]);
  });

  it('gives what has no version id the id null, and needs a key', async () => {
    const simulator = await startSimulator();
    await send(simulator, { method: 'PUT', body: 'a' });
    expect((await list(simulator)).entries).toEqual([
      { kind: 'Version', key: 'a.txt', id: 'null', isLatest: 'true' },
    ]);
    expect((await fetch(`${simulator.url}/${bucket}/?versions`)).status).toBe(403);
  });
});
