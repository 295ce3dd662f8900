import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import {
  bucket,
  codeOf,
  region,
  type RequestParts,
  send,
  startSimulator,
  temporaryFolder,
} from './simulator-harness.js';

const options = { buckets: { [bucket]: { region, versioned: true } } };

const id = (response: Response) => response.headers.get('x-oss-version-id') ?? '';
const isMarker = (response: Response) => response.headers.get('x-oss-delete-marker');

async function put(simulator: OssSimulator, body: string, parts: RequestParts = {}) {
  return id(await send(simulator, { method: 'PUT', body, ...parts }));
}

function remove(simulator: OssSimulator, versionId?: string) {
  const query: Record<string, string> = versionId === undefined ? {} : { versionId };
  return send(simulator, { method: 'DELETE', query });
}

async function get(simulator: OssSimulator, versionId?: string) {
  const response = await send(simulator, versionId === undefined ? {} : { query: { versionId } });
  const text = await response.text();
  return response.ok ? text : [response.status, codeOf(text), isMarker(response)];
}

describe('an object of a versioned bucket', () => {
  it('can be read in each of its versions', async () => {
    const simulator = await startSimulator(options);
    const [first, second] = [await put(simulator, '1'), await put(simulator, '2')];
    expect(await get(simulator)).toBe('2');
    expect([await get(simulator, first), await get(simulator, second)]).toEqual(['1', '2']);
    expect(await get(simulator, 'CAEQother')).toEqual([404, 'NoSuchVersion', null]);
    expect(simulator.objects.list()).toHaveLength(1);
  });

  it('has ids of one form, and every other is refused', async () => {
    const simulator = await startSimulator(options);
    await put(simulator, '1');
    for (const versionId of ['234', 'CAEQ%', '']) {
      expect(await get(simulator, versionId)).toEqual([400, 'InvalidArgument', null]);
      const removed = await remove(simulator, versionId);
      expect(codeOf(await removed.text())).toBe('InvalidArgument');
      const source = `/${bucket}/a.txt?versionId=${encodeURIComponent(versionId)}`;
      const copied = await send(simulator, {
        method: 'PUT',
        object: 'copy.txt',
        headers: { 'x-oss-copy-source': source },
      });
      expect(codeOf(await copied.text())).toBe('InvalidArgument');
    }
    const body = '<Delete><Object><Key>a.txt</Key><VersionId>234</VersionId></Object></Delete>';
    const md5 = createHash('md5').update(body).digest('base64');
    const deleted = await send(simulator, {
      method: 'POST',
      object: '',
      query: { delete: '' },
      headers: { 'content-md5': md5 },
      body,
    });
    expect(codeOf(await deleted.text())).toBe('InvalidArgument');
    expect(await get(simulator)).toBe('1');
  });

  it('is hidden by a delete marker when it is deleted, and there again without the marker', async () => {
    const simulator = await startSimulator(options);
    const version = await put(simulator, '1');
    const deleted = await remove(simulator);
    expect([deleted.status, isMarker(deleted)]).toEqual([204, 'true']);
    const marker = id(deleted);
    expect(marker).not.toBe(version);
    expect(await get(simulator)).toEqual([404, 'NoSuchKey', 'true']);
    expect(await get(simulator, marker)).toEqual([405, 'MethodNotAllowed', 'true']);
    expect(await get(simulator, version)).toBe('1');
    expect([simulator.objects.list(), simulator.objects.get(bucket, 'a.txt')]).toEqual([
      [],
      undefined,
    ]);
    const unmarked = await remove(simulator, marker);
    expect([unmarked.status, id(unmarked), isMarker(unmarked)]).toEqual([204, marker, 'true']);
    expect(await get(simulator)).toBe('1');
  });

  it('is marked as deleted also where there is none, and may be made again', async () => {
    const simulator = await startSimulator(options);
    expect(isMarker(await remove(simulator))).toBe('true');
    await put(simulator, '1');
    expect(await get(simulator)).toBe('1');
  });

  it('loses one version by its id', async () => {
    const simulator = await startSimulator(options);
    const ids = [await put(simulator, '1'), await put(simulator, '2'), await put(simulator, '3')];
    const old = await remove(simulator, ids[0]);
    expect([old.status, id(old), isMarker(old)]).toEqual([204, ids[0], null]);
    expect(await get(simulator, ids[0])).toEqual([404, 'NoSuchVersion', null]);
    await remove(simulator, ids[2]);
    expect(await get(simulator)).toBe('2');
    await remove(simulator, ids[1]);
    expect(await get(simulator)).toEqual([404, 'NoSuchKey', null]);
    expect((await remove(simulator, ids[1])).status).toBe(204);
  });

  it('keeps versions and markers over a restart, and their content no longer than they are there', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ ...options, dataDirectory });
    const versions = [await put(first, '1'), await put(first, '2')];
    const marker = id(await remove(first));
    await first.stop();
    const second = await startSimulator({ ...options, dataDirectory });
    expect(await get(second)).toEqual([404, 'NoSuchKey', 'true']);
    expect([await get(second, versions[0]), await get(second, versions[1])]).toEqual(['1', '2']);
    await remove(second, marker);
    await remove(second, versions[1]);
    expect(await get(second)).toBe('1');
    await second.objects.clear();
    expect(await get(second)).toEqual([404, 'NoSuchKey', null]);
    for (const folder of ['content', 'objects']) {
      expect(await readdir(join(dataDirectory, folder))).toEqual([]);
    }
  });
});

describe('without a key', () => {
  it('the ACL of each version decides', async () => {
    const simulator = await startSimulator({
      buckets: { [bucket]: { region, versioned: true, acl: 'public-read' } },
    });
    const mine = await put(simulator, 'mine', { headers: { 'x-oss-object-acl': 'private' } });
    const everyones = await put(simulator, 'everyone');
    const url = `${simulator.url}/${bucket}/a.txt`;
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`${url}?versionId=${everyones}`)).status).toBe(200);
    expect((await fetch(`${url}?versionId=${mine}`)).status).toBe(403);
  });

  it('an upload that names a public version replaces no private object', async () => {
    const acl = 'public-read-write';
    const simulator = await startSimulator({
      buckets: { [bucket]: { region, versioned: true, acl } },
    });
    const everyones = await put(simulator, 'everyone');
    await put(simulator, 'mine', { headers: { 'x-oss-object-acl': 'private' } });
    for (const versionId of [everyones, 'unknown']) {
      const url = `${simulator.url}/${bucket}/a.txt?versionId=${versionId}`;
      expect((await fetch(url, { method: 'PUT', body: 'theirs' })).status).toBe(403);
    }
  });
});

describe('an object of another bucket', () => {
  it('has one version, and leaves nothing when it is deleted', async () => {
    const dataDirectory = await temporaryFolder();
    const simulator = await startSimulator({ dataDirectory });
    expect([await put(simulator, '1'), await put(simulator, '2')]).toEqual(['', '']);
    expect(await get(simulator, 'null')).toBe('2');
    expect(await readdir(join(dataDirectory, 'content'))).toHaveLength(1);
    const deleted = await remove(simulator);
    expect([deleted.status, id(deleted), isMarker(deleted)]).toEqual([204, '', null]);
    expect(await readdir(join(dataDirectory, 'content'))).toEqual([]);
    await put(simulator, '3');
    const named = await remove(simulator, 'null');
    expect([named.status, id(named), isMarker(named)]).toEqual([204, '', null]);
    expect(await get(simulator)).toEqual([404, 'NoSuchKey', null]);
  });
});
