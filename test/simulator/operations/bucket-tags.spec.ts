import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../../src/simulator/index.js';
import {
  bucket,
  codeOf,
  region,
  send,
  startSimulator,
  temporaryFolder,
} from '../simulator-harness.js';

const documentOf = (tags: Record<string, string>) => {
  const elements = Object.entries(tags).map(
    ([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`,
  );
  return `<Tagging><TagSet>${elements.join('')}</TagSet></Tagging>`;
};

function ask(simulator: OssSimulator, method: string, tagging = '', body?: string) {
  const more = body === undefined ? {} : { body };
  return send(simulator, { method, object: '', query: { tagging }, ...more });
}

async function keysOf(simulator: OssSimulator) {
  const xml = await (await ask(simulator, 'GET')).text();
  return [...xml.matchAll(/<Key>([^<]*)<\/Key>\s*<Value>([^<]*)</g)].map(([, key, value]) => [
    key,
    value,
  ]);
}

describe('the tags of a bucket', () => {
  it('are put, shown, and deleted by their keys or all at once', async () => {
    const simulator = await startSimulator();
    expect(await keysOf(simulator)).toEqual([]);
    const body = documentOf({ a: '1', b: '2', c: '3' });
    expect((await ask(simulator, 'PUT', '', body)).status).toBe(200);
    expect(await keysOf(simulator)).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ]);
    expect((await ask(simulator, 'DELETE', 'a,c,d')).status).toBe(204);
    expect(await keysOf(simulator)).toEqual([['b', '2']]);
    expect((await ask(simulator, 'DELETE')).status).toBe(204);
    expect(await keysOf(simulator)).toEqual([]);
  });

  it('may have any characters, but not any beginning or length', async () => {
    const simulator = await startSimulator();
    const put = async (key: string, value: string) => {
      const response = await ask(simulator, 'PUT', '', documentOf({ [key]: value }));
      return response.ok ? 'put' : codeOf(await response.text());
    };
    for (const [key, value] of [
      ['%@abc', '++123%'],
      ['k'.repeat(64), 'é'.repeat(64)],
    ] as const) {
      expect(await put(key, value)).toBe('put');
      expect(await keysOf(simulator)).toEqual([[key, value]]);
    }
    for (const [key, value] of [
      ['Aliyun-a', ''],
      ['https://a', ''],
      ['acs:a', ''],
      ['', ''],
      ['k'.repeat(65), ''],
      ['k', 'v'.repeat(129)],
    ] as const) {
      expect([key, await put(key, value)]).toEqual([key, 'InvalidTag']);
    }
  });

  it('are twenty at most, and survive a restart', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));
    const many = await ask(first, 'PUT', '', documentOf(tags(21)));
    expect([many.status, codeOf(await many.text())]).toEqual([400, 'BadRequest']);
    expect((await ask(first, 'PUT', '', documentOf(tags(20)))).status).toBe(200);
    await first.stop();
    expect(await keysOf(await startSimulator({ dataDirectory }))).toHaveLength(20);
  });

  it('choose among the buckets that are listed', async () => {
    const buckets = { [bucket]: { region }, 'other-bucket': { region } };
    const simulator = await startSimulator({ buckets, checkSignatures: false });
    await ask(simulator, 'PUT', '', documentOf({ a: '1', b: '2' }));
    let xml = '';
    const list = async (query: Record<string, string>) => {
      xml = await (
        await fetch(`${simulator.url}/?${new URLSearchParams(query).toString()}`)
      ).text();
      const names = [...xml.matchAll(/<Name>([^<]*)</g)].map(([, name]) => name);
      return xml.includes('<Error>') ? codeOf(xml) : names;
    };
    expect(await list({ 'tag-key': 'a' })).toEqual([bucket]);
    expect(await list({ 'tag-key': 'a', 'tag-value': '1' })).toEqual([bucket]);
    expect(await list({ 'tag-key': 'a', 'tag-value': '2' })).toEqual([]);
    expect(await list({ tagging: '"a":"1","b":"2"' })).toEqual([bucket]);
    expect(await list({ tagging: '"a":"1","b":"3"' })).toEqual([]);
    expect(await list({ tagging: 'a:1,b:2' })).toEqual([bucket]);
    expect(xml).toContain('<TagSet>\n<Tag>\n<Key>a</Key>\n<Value>1</Value>');
    expect(await list({ tagging: 'a:1,b:3' })).toEqual([]);
    expect(await list({ tagging: 'a=1' })).toBe('InvalidArgument');
    expect(await list({ 'tag-value': '1' })).toBe('InvalidArgument');
    expect(await list({})).toEqual(['other-bucket', bucket]);
  });
});
