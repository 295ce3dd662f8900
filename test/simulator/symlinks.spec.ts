import OSS from 'ali-oss';
import { describe, expect, it } from 'vitest';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import {
  aliOss,
  bucket,
  codeOf,
  credentials,
  messageOf,
  region,
  send,
  startSimulator,
  temporaryFolder,
} from './simulator-harness.js';

const link = (target: string, headers: Record<string, string> = {}) => ({
  method: 'PUT',
  object: 'link',
  query: { symlink: '' },
  headers: { 'x-oss-symlink-target': encodeURIComponent(target), ...headers },
});

/** What OSS says in place of a body. */
function headCode(response: Response): string {
  return codeOf(Buffer.from(response.headers.get('x-oss-err') ?? '', 'base64').toString());
}

describe.each([false, true])('ali-oss, V4 %s', (authorizationV4) => {
  it('PutSymlink, GetSymlink, and what the symlink shows', async () => {
    const simulator = await startSimulator();
    const oss = aliOss(simulator, { authorizationV4 });
    await oss.put('dir/目标 1.txt', Buffer.from('123456789'));
    await oss.putSymlink('link', 'dir/目标 1.txt', { meta: { uid: 7, pid: 8 } });
    expect(await oss.getSymlink('link')).toMatchObject({ targetName: 'dir/目标 1.txt' });
    expect(String((await oss.get('link')).content)).toBe('123456789');
    const { meta, res } = await oss.head('link');
    expect(meta).toMatchObject({ uid: '7', pid: '8' });
    expect(res.headers).toMatchObject({ 'x-oss-object-type': 'Symlink', 'content-length': '9' });
    await expect(oss.getSymlink('dir/目标 1.txt')).rejects.toMatchObject({ status: 400 });
    await expect(oss.getSymlink('nothing')).rejects.toMatchObject({ code: 'NoSuchKey' });
  });
});

describe('a symlink', () => {
  it('tells its type and metadata, is deleted as it is asked for, and is known from other objects', async () => {
    const simulator = await startSimulator();
    const headers = { 'content-type': 'image/png', 'x-oss-meta-a': 'link' };
    await send(simulator, link('target', headers));
    const { method: _method, headers: _headers, ...asked } = link('target');
    const told = await send(simulator, asked);
    expect(Object.fromEntries(told.headers)).toMatchObject({
      ...headers,
      'content-length': '0',
      'x-oss-symlink-target': 'target',
    });
    expect((await send(simulator, { ...asked, method: 'DELETE' })).status).toBe(204);
    expect((await send(simulator, asked)).status).toBe(404);
    await send(simulator, { method: 'PUT', object: 'link', body: 'a' });
    const other = await send(simulator, asked);
    expect([other.status, codeOf(await other.text())]).toEqual([400, 'NotSymlink']);
  });

  it("shows the target's size and checksums, the later time, and all else of its own", async () => {
    let now = new Date('2026-01-02T03:04:05Z');
    const simulator = await startSimulator({ clock: () => now });
    const put = { bucket, object: 'target', mimeType: 'text/plain', metadata: { a: 'target' } };
    await simulator.objects.put({ ...put, body: '123456789' });
    now = new Date('2026-01-02T04:00:00Z');
    const headers = { 'content-type': 'image/png', 'x-oss-meta-a': 'link' };
    const made = await send(simulator, { ...link('target', headers), signedAt: now });
    expect(made.status).toBe(200);
    const itsOwn = { symlink: '' };
    const itself = await send(simulator, { object: 'link', query: itsOwn, signedAt: now });
    expect(itself.headers.get('content-type')).toBe('image/png');
    expect(itself.headers.get('x-oss-meta-a')).toBe('link');
    const head = () => send(simulator, { method: 'HEAD', object: 'link', signedAt: now });
    const shown = {
      'content-length': '9',
      etag: '"25F9E794323B453885F5181F1B624D0B"',
      'content-md5': 'JfnnlDI7RTiF9RgfG2JNCw==',
      'x-oss-hash-crc64ecma': '11051210869376104954',
      'last-modified': 'Fri, 02 Jan 2026 04:00:00 GMT',
      'content-type': 'image/png',
      'x-oss-meta-a': 'link',
      'x-oss-object-type': 'Symlink',
    };
    expect(Object.fromEntries((await head()).headers)).toMatchObject(shown);
    now = new Date('2026-01-02T05:00:00Z');
    await simulator.objects.put({ ...put, body: '123456789' });
    const later = { ...shown, 'last-modified': 'Fri, 02 Jan 2026 05:00:00 GMT' };
    expect(Object.fromEntries((await head()).headers)).toMatchObject(later);

    const query = { objectMeta: '' };
    const own = await send(simulator, { method: 'HEAD', object: 'link', query, signedAt: now });
    expect(own.headers.get('content-length')).toBe('0');
    expect(own.headers.get('etag')).toBe(made.headers.get('etag'));
  });

  it('is made without a look at its target, and refused where that cannot be shown', async () => {
    const simulator = await startSimulator();
    expect((await send(simulator, link('nothing'))).status).toBe(200);
    const gone = await send(simulator, { method: 'HEAD', object: 'link' });
    expect([gone.status, headCode(gone), gone.headers.get('x-oss-ec')]).toEqual([
      404,
      'SymlinkTargetNotExist',
      '0026-00000012',
    ]);
    const read = await send(simulator, { object: 'link' });
    expect(messageOf(await read.text())).toBe('The symlink target object does not exist');
    await send(simulator, { ...link('nothing'), object: 'other' });
    expect((await send(simulator, link('other'))).status).toBe(200);
    const looped = await send(simulator, { method: 'HEAD', object: 'link' });
    expect([looped.status, headCode(looped)]).toEqual([400, 'InvalidTargetType']);
    expect(codeOf(await (await send(simulator, { object: 'link' })).text())).toBe(
      'InvalidTargetType',
    );
  });

  it.each([
    [{}, 'MissingArgument'],
    [{ 'x-oss-symlink-target': '%E4%B8' }, 'InvalidArgument'],
    [{ 'x-oss-symlink-target': '%2Fa' }, 'InvalidArgument'],
  ])('is not made with the headers %j', async (headers, code) => {
    const simulator = await startSimulator();
    const refused = await send(simulator, { ...link('a'), headers });
    expect([refused.status, codeOf(await refused.text())]).toEqual([400, code]);
    expect(simulator.objects.list()).toEqual([]);
  });

  it('replaces what is there, unless overwriting is forbidden', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'link', body: 'a' });
    const forbidden = await send(simulator, link('b', { 'x-oss-forbid-overwrite': 'true' }));
    expect([forbidden.status, codeOf(await forbidden.text())]).toEqual([409, 'FileAlreadyExists']);
    expect((await send(simulator, link('b'))).status).toBe(200);
    expect(simulator.objects.get(bucket, 'link')).toMatchObject({
      type: 'Symlink',
      symlinkTarget: 'b',
    });
  });

  it('is there after a restart', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    await first.objects.put({ bucket, object: 'target', body: 'a' });
    await send(first, link('target'));
    await first.stop();
    const again = await startSimulator({ dataDirectory });
    expect(await (await send(again, { object: 'link' })).text()).toBe('a');
  });
});

describe('the rights to a symlink', () => {
  async function sessionOf(simulator: OssSimulator, action: string, resource: string) {
    const sts = new OSS.STS({ ...credentials, endpoint: simulator.url } as never);
    const statement = { Effect: 'Allow', Action: [action], Resource: [resource] };
    const policy = { Version: '1', Statement: [statement] };
    const role = 'acs:ram::1234567890123456:role/uploader';
    const { credentials: session } = await sts.assumeRole(role, policy, 900, 'test');
    return async (method: string, headers: Record<string, string> = {}) => {
      const query: Record<string, string> =
        'x-oss-symlink-target' in headers ? { symlink: '' } : {};
      const signed = signRequestV4(
        { method, bucket, object: 'link', query, headers },
        {
          credentials: {
            accessKeyId: session.AccessKeyId,
            accessKeySecret: session.AccessKeySecret,
            securityToken: session.SecurityToken,
          },
          region,
          signedAt: new Date(),
        },
      );
      const url = `${simulator.url}/${bucket}/link${'symlink' in query ? '?symlink=' : ''}`;
      return (await fetch(url, { method, headers: { ...headers, ...signed } })).status;
    };
  }
  const target = { 'x-oss-symlink-target': 'secret' };

  it('who may put an object may make a symlink of it, to whatever he likes', async () => {
    const simulator = await startSimulator();
    const resource = `acs:oss:*:*:${bucket}/link`;
    const putter = await sessionOf(simulator, 'oss:PutObject', resource);
    expect(await putter('PUT', target)).toBe(200);
    const reader = await sessionOf(simulator, 'oss:GetObject', resource);
    expect(await reader('PUT', target)).toBe(403);
  });

  it('reading goes through it only to what the reader may read', async () => {
    const simulator = await startSimulator();
    await simulator.objects.put({ bucket, object: 'secret', body: 'a' });
    await send(simulator, { ...link('secret', { 'x-oss-object-acl': 'public-read' }) });
    const read = (resource: string) =>
      sessionOf(simulator, 'oss:GetObject', `acs:oss:*:*:${bucket}/${resource}`);
    expect(await (await read('link'))('GET')).toBe(403);
    expect(await (await read('*'))('GET')).toBe(200);
    expect((await fetch(`${simulator.url}/${bucket}/link`)).status).toBe(403);
  });
});
