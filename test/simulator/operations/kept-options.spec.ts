import { expect, it } from 'vitest';
import { bucket, type RequestParts, send, startSimulator } from '../simulator-harness.js';

const SENT = {
  'content-type': 'text/css',
  'cache-control': 'no-cache',
  'content-disposition': 'attachment; filename="a"',
  'content-encoding': 'utf-8',
  'content-language': 'zh-CN',
  expires: 'Fri, 28 Feb 2031 05:38:42 GMT',
  'x-oss-meta-author': '小明',
  'x-oss-storage-class': 'IA',
  'x-oss-server-side-encryption': 'AES256',
  'x-oss-tagging': 'a=1&b=2',
};

const ways: [string, RequestParts, 'completed'?][] = [
  ['PutObject', { method: 'PUT', body: 'a' }],
  ['AppendObject', { method: 'POST', query: { append: '', position: '0' }, body: 'a' }],
  [
    'CopyObject',
    {
      method: 'PUT',
      headers: {
        'x-oss-copy-source': `/${bucket}/source`,
        'x-oss-metadata-directive': 'REPLACE',
        'x-oss-tagging-directive': 'REPLACE',
      },
    },
  ],
  [
    'PutSymlink',
    { method: 'PUT', query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'source' } },
  ],
  ['InitiateMultipartUpload', { method: 'POST', query: { uploads: '' } }, 'completed'],
];

const isEncrypted = ({ headers }: Response) =>
  headers.get('x-oss-server-side-encryption') === 'AES256';

it.each(ways)('%s keeps how an object is served and stored', async (name, parts, completed) => {
  const simulator = await startSimulator();
  await simulator.objects.put({ bucket, object: 'source', body: 'a' });
  const stored = await send(simulator, { ...parts, headers: { ...parts.headers, ...SENT } });
  expect(stored.status).toBe(200);
  expect(isEncrypted(stored)).toBe(name !== 'PutSymlink');
  if (completed) {
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(await stored.text()) ?? [];
    const query = { uploadId };
    const part = { method: 'PUT', query: { ...query, partNumber: '1' } };
    expect(isEncrypted(await send(simulator, { ...part, body: 'a' }))).toBe(true);
    const copied = { 'x-oss-copy-source': `/${bucket}/source` };
    expect(isEncrypted(await send(simulator, { ...part, headers: copied }))).toBe(true);
    const headers = { 'x-oss-complete-all': 'yes' };
    await send(simulator, { method: 'POST', query, headers });
  }
  const { 'x-oss-tagging': _tags, 'x-oss-meta-author': author, ...shown } = SENT;
  for (const method of ['HEAD', 'GET']) {
    const response = await send(simulator, { method });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...shown,
      'x-oss-meta-author': Buffer.from(author).toString('latin1'),
      'x-oss-tagging-count': '2',
    });
  }
  for (const query of [{}, { 'list-type': '2' }, { versions: '' }] as Record<string, string>[]) {
    const list = await send(simulator, { object: '', query: { ...query, prefix: 'a.txt' } });
    expect(await list.text()).toContain('<StorageClass>IA</StorageClass>');
  }
});
