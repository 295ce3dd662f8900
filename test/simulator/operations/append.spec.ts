import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc64 } from '../../../src/protocol/checksum/crc64.js';
import type { OssSimulator } from '../../../src/simulator/index.js';
import {
  bucket,
  codeOf,
  region,
  send,
  startSimulator,
  temporaryFolder,
} from '../simulator-harness.js';

function append(
  simulator: OssSimulator,
  position: number | string,
  body: string,
  headers: Record<string, string> = {},
) {
  const query = { append: '', position: String(position) };
  return send(simulator, { method: 'POST', query, headers, body });
}

const contentOf = (simulator: OssSimulator) =>
  simulator.objects.get(bucket, 'a.txt')?.bytes.toString();

async function refusalOf(response: Response) {
  const text = await response.text();
  const next = response.headers.get('x-oss-next-append-position');
  return [response.status, codeOf(text), /<EC>(.*)<\/EC>/.exec(text)?.[1], next];
}

describe('AppendObject', () => {
  it.each(['in memory', 'on disk'])('makes an object grow %s', async (where) => {
    const dataDirectory = where === 'on disk' ? await temporaryFolder() : undefined;
    const simulator = await startSimulator({ dataDirectory });
    const first = { 'x-oss-meta-author': 'me', 'content-type': 'text/css', 'x-oss-tagging': 'k=v' };
    let content = '';
    const etags = new Set<string | null>();
    for (const piece of ['one ', '', 'two ', 'three']) {
      const response = await append(simulator, content.length, piece, content ? {} : first);
      content += piece;
      etags.add(response.headers.get('etag'));
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-oss-next-append-position': String(content.length),
        'x-oss-hash-crc64ecma': crc64(Buffer.from(content)).toString(),
      });
      expect(contentOf(simulator)).toBe(content);
    }
    expect(etags.size).toBe(4);
    const head = await send(simulator, { method: 'HEAD' });
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'content-length': '13',
      'content-type': 'text/css',
      'x-oss-object-type': 'Appendable',
      'x-oss-next-append-position': '13',
      'x-oss-meta-author': 'me',
      'x-oss-tagging-count': '1',
    });
    const part = await send(simulator, { headers: { range: 'bytes=4-6' } });
    expect(await part.text()).toBe('two');
  });

  it('goes on after a restart, and leaves copies and open reads as they were', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    await append(first, 0, 'one');
    const headers = { 'x-oss-copy-source': `/${bucket}/a.txt` };
    await send(first, { method: 'PUT', object: 'copy.txt', headers });
    expect(first.objects.get(bucket, 'copy.txt')?.type).toBe('Normal');
    await first.stop();
    const second = await startSimulator({ dataDirectory });
    expect((await append(second, 3, ' two')).status).toBe(200);
    expect(contentOf(second)).toBe('one two');
    expect(second.objects.get(bucket, 'copy.txt')?.bytes.toString()).toBe('one');
    await send(second, { method: 'PUT', body: 'replaced' });
    expect(await readdir(join(dataDirectory, 'content'))).toHaveLength(2);
    expect(second.objects.get(bucket, 'copy.txt')?.bytes.toString()).toBe('one');
  });

  it('takes a new ACL with each piece, and nothing else', async () => {
    const simulator = await startSimulator();
    await append(simulator, 0, 'a', { 'x-oss-object-acl': 'private', 'x-oss-meta-a': '1' });
    await append(simulator, 1, 'b', { 'x-oss-object-acl': 'public-read', 'x-oss-meta-a': '2' });
    await append(simulator, 2, 'c');
    expect(simulator.objects.get(bucket, 'a.txt')).toMatchObject({
      metadata: { a: '1' },
      headers: { 'x-oss-object-acl': 'public-read' },
    });
  });

  it('refuses every other position, and objects of another kind', async () => {
    const simulator = await startSimulator();
    const notEqual = [409, 'PositionNotEqualToLength', '0026-00000016'];
    expect(await refusalOf(await append(simulator, 3, 'a'))).toEqual([...notEqual, '0']);
    await append(simulator, 0, 'one');
    expect(await refusalOf(await append(simulator, 0, 'a'))).toEqual([...notEqual, '3']);
    expect(await refusalOf(await append(simulator, 4, 'a'))).toEqual([...notEqual, '3']);
    for (const position of ['-1', 'x', '']) {
      expect((await refusalOf(await append(simulator, position, 'a')))[1]).toBe('InvalidArgument');
    }
    const without = await send(simulator, { method: 'POST', query: { append: '' }, body: 'a' });
    expect(await refusalOf(without)).toEqual([400, 'MissingArgument', '0016-00000501', null]);
    const digest = { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    expect((await refusalOf(await append(simulator, 3, 'a', digest)))[1]).toBe('InvalidDigest');
    expect(contentOf(simulator)).toBe('one');
    await send(simulator, { method: 'PUT', body: 'put' });
    expect(await refusalOf(await append(simulator, 3, 'a'))).toEqual([
      409,
      'ObjectNotAppendable',
      '0026-00000017',
      null,
    ]);
  });

  it('does not look at the tags and metadata of later requests', async () => {
    const simulator = await startSimulator();
    await append(simulator, 0, 'a', { 'x-oss-tagging': 'k=v' });
    const tooMany = Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&');
    const headers = { 'x-oss-tagging': tooMany, 'x-oss-meta-author': 'me' };
    expect((await append(simulator, 1, 'b', headers)).status).toBe(200);
    const head = await send(simulator, { method: 'HEAD' });
    expect(head.headers.get('x-oss-tagging-count')).toBe('1');
    expect(head.headers.get('x-oss-meta-author')).toBeNull();
    const other = await send(simulator, {
      method: 'POST',
      object: 'b.txt',
      query: { append: '', position: '0' },
      headers,
      body: 'a',
    });
    expect(codeOf(await other.text())).toBe('BadRequest');
  });

  it('takes one of several appends at the same position', async () => {
    const simulator = await startSimulator({ dataDirectory: await temporaryFolder() });
    await append(simulator, 0, 'start ');
    const pieces = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000));
    const responses = await Promise.all(pieces.map((piece) => append(simulator, 6, piece)));
    expect(
      responses
        .map(({ status }) => String(status))
        .toSorted()
        .join(),
    ).toBe('200,409,409,409');
    const taken = pieces[responses.findIndex(({ status }) => status === 200)];
    expect(contentOf(simulator)).toBe(`start ${taken}`);
  });

  it('makes no versions, and begins anew behind a delete marker', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, versioned: true } } });
    const id = (response: Response) => response.headers.get('x-oss-version-id');
    const [first, second] = [await append(simulator, 0, 'a'), await append(simulator, 1, 'b')];
    expect(id(first)).toBe(id(second));
    await send(simulator, { method: 'DELETE' });
    const third = await append(simulator, 0, 'new');
    expect(id(third)).not.toBe(id(first));
    expect(contentOf(simulator)).toBe('new');
    const old = await send(simulator, { query: { versionId: id(first) ?? '' } });
    expect(await old.text()).toBe('ab');
  });

  it('sends no callback, and needs the right to write', async () => {
    const simulator = await startSimulator();
    await append(simulator, 0, 'a', { 'x-oss-callback': 'not even base64' });
    expect(simulator.callbacks).toEqual([]);
    const url = `${simulator.url}/${bucket}/a.txt?append&position=1`;
    expect((await fetch(url, { method: 'POST', body: 'b' })).status).toBe(403);
    expect(contentOf(simulator)).toBe('a');
  });
});
