import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../../src/simulator/index.js';
import { bucket, codeOf, region, send, startSimulator } from '../simulator-harness.js';

const md5Of = (body: string) => createHash('md5').update(body).digest('base64');

function deletionOf(...keys: string[]): string {
  const objects = keys.map((key) => `<Object><Key>${key}</Key></Object>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Delete>${objects.join('')}</Delete>`;
}

function remove(
  simulator: OssSimulator,
  body: string,
  query: Record<string, string> = {},
  headers: Record<string, string> = { 'content-md5': md5Of(body) },
) {
  return send(simulator, {
    method: 'POST',
    object: '',
    query: { delete: '', ...query },
    headers,
    body,
  });
}

const withoutSpaces = (xml: string) => xml.replace(/>\s+</g, '><');

describe('DeleteMultipleObjects', () => {
  it('deletes what is listed, also what is not there', async () => {
    const simulator = await startSimulator();
    for (const object of ['a', 'b&c', 'd']) {
      await simulator.objects.put({ bucket, object, body: object });
    }
    const response = await remove(simulator, deletionOf('a', 'b&amp;c', 'missing'));
    expect(response.headers.get('content-type')).toBe('application/xml');
    expect(withoutSpaces(await response.text())).toContain(
      '<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key>b&amp;c</Key></Deleted><Deleted><Key>missing</Key></Deleted></DeleteResult>',
    );
    expect(simulator.objects.list().map(({ object }) => object)).toEqual(['d']);
  });

  it('answers nothing if asked to be quiet', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a', body: 'a' });
    const body = deletionOf('a').replace('<Delete>', '<Delete><Quiet>true</Quiet>');
    const response = await remove(simulator, body);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(simulator.objects.list()).toEqual([]);
  });

  it.each(['query', 'header'])('gives names encoded, as its %s asks', async (where) => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'a\u0001\n', body: 'a' });
    const url = { 'encoding-type': 'url' };
    const body = deletionOf('a&#x01;&#10;');
    const headers = { 'content-md5': md5Of(body), ...(where === 'header' ? url : {}) };
    const response = await remove(simulator, body, where === 'query' ? url : {}, headers);
    expect(withoutSpaces(await response.text())).toContain(
      '<DeleteResult><EncodingType>url</EncodingType><Deleted><Key>a%01%0A</Key></Deleted>',
    );
    expect(simulator.objects.list()).toEqual([]);
  });

  it('marks objects of versioned buckets as deleted, and deletes versions', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, versioned: true } } });
    const { versionId = '' } = await simulator.objects.put({ bucket, object: 'a', body: 'a' });
    const marked = withoutSpaces(await (await remove(simulator, deletionOf('a'))).text());
    const [, marker = ''] =
      /<Deleted><Key>a<\/Key><DeleteMarker>true<\/DeleteMarker><DeleteMarkerVersionId>(\w+)</.exec(
        marked,
      ) ?? [];
    const versions = [versionId, marker].map(
      (id) => `<Object><Key>a</Key><VersionId>${id}</VersionId></Object>`,
    );
    const deleted = await remove(simulator, `<Delete>${versions.join('')}</Delete>`);
    expect(withoutSpaces(await deleted.text())).toContain(
      `<Deleted><Key>a</Key><VersionId>${versionId}</VersionId></Deleted><Deleted><Key>a</Key><VersionId>${marker}</VersionId><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>${marker}</DeleteMarkerVersionId></Deleted>`,
    );
  });

  it('refuses a list that is none, and one without its MD5', async () => {
    const simulator = await startSimulator();
    const refused = async (...parameters: [string, Record<string, string>?]) => {
      const response = await remove(simulator, parameters[0], {}, parameters[1]);
      const text = await response.text();
      return [response.status, codeOf(text), /<EC>(.*)<\/EC>/.exec(text)?.[1]];
    };
    expect(await refused('<Delete><Object><Key>a</Key></Object>')).toEqual([
      400,
      'MalformedXML',
      '0016-00000607',
    ]);
    expect(await refused('<Delete><Object></Object></Delete>')).toEqual([
      400,
      'MalformedXML',
      '0016-00000613',
    ]);
    expect(await refused('<Delete></Delete>')).toEqual([400, 'MalformedXML', '0016-00000615']);
    const many = Array.from({ length: 1_001 }, (_, index) => `k${index}`);
    expect((await refused(deletionOf(...many)))[1]).toBe('MalformedXML');
    expect(await refused(deletionOf('a'), {})).toEqual([400, 'MissingArgument', '0016-00000606']);
    expect((await refused(deletionOf('a'), { 'content-md5': md5Of('b') }))[1]).toBe(
      'InvalidDigest',
    );
  });

  it('deletes nothing unless it may delete everything', async () => {
    const acl = 'public-read-write' as const;
    const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } } });
    await simulator.objects.put({ bucket, object: 'open', body: 'a' });
    const headers = { 'x-oss-object-acl': 'private' };
    await simulator.objects.put({ bucket, object: 'own', body: 'a', headers });
    const removeWithoutKey = async (...keys: string[]) => {
      const body = deletionOf(...keys);
      const url = `${simulator.url}/${bucket}/?delete`;
      const md5 = { 'content-md5': md5Of(body) };
      return (await fetch(url, { method: 'POST', body, headers: md5 })).status;
    };
    expect(await removeWithoutKey('open', 'own')).toBe(403);
    expect(simulator.objects.list()).toHaveLength(2);
    expect(await removeWithoutKey('open')).toBe(200);
  });
});
