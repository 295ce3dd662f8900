import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  bucket,
  codeOf,
  type RequestParts,
  send,
  startSimulator,
  temporaryFolder,
} from '../simulator-harness.js';

const refused: [string, RequestParts][] = [
  ['an unknown ACL', { headers: { 'x-oss-object-acl': 'everybody' } }],
  ['tags that cannot be', { headers: { 'x-oss-tagging': 'a=b=c' } }],
  ['another Content-MD5', { headers: { 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' } }],
];

it.each(refused)('a PutObject with %s leaves no file behind', async (_what, parts) => {
  const dataDirectory = await temporaryFolder();
  const simulator = await startSimulator({ dataDirectory });
  const response = await send(simulator, { method: 'PUT', object: 'a', body: 'abc', ...parts });
  expect([response.status, codeOf(await response.text())]).toEqual([400, expect.any(String)]);
  expect(await readdir(join(dataDirectory, 'content'))).toEqual([]);
});

it('a form with tags that cannot be leaves no file behind', async () => {
  const dataDirectory = await temporaryFolder();
  const simulator = await startSimulator({ dataDirectory, checkSignatures: false });
  const form = new FormData();
  form.append('key', 'a');
  form.append('x-oss-tagging', 'a=b=c');
  form.append('file', new Blob(['abc']));
  const response = await fetch(`${simulator.url}/${bucket}`, { method: 'POST', body: form });
  expect(response.status).toBe(400);
  expect(await readdir(join(dataDirectory, 'content'))).toEqual([]);
});
