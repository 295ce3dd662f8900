import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { signatureRpc } from '../../../src/protocol/signing/signature-rpc.js';
import { signRequestV4 } from '../../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../../src/simulator/index.js';
import { bucket, codeOf, credentials, region, startSimulator } from '../simulator-harness.js';

interface Sent {
  method: string;
  /** Of the bucket if it is empty. */
  object: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string;
}

const LIST = '<Delete><Object><Key>a.txt</Key></Object></Delete>';
const deletion: Sent = {
  method: 'POST',
  object: '',
  query: { delete: '' },
  headers: { 'content-md5': createHash('md5').update(LIST).digest('base64') },
  body: LIST,
};
const copyOf = (source: string): Sent => ({
  method: 'PUT',
  object: 'copy.txt',
  headers: { 'x-oss-copy-source': source },
});
const ofObject = (method: string, query: Record<string, string>, headers = {}): Sent => ({
  method,
  object: 'a.txt',
  query,
  headers,
  ...(method === 'GET' || method === 'DELETE' ? {} : { body: '' }),
});
const ofBucket = (method: string, query: Record<string, string>): Sent => ({
  ...ofObject(method, query),
  object: '',
});

/** What every operation on an object or a bucket needs, and whether the ACL public-read-write grants it to everyone. */
const OPERATIONS: Record<string, [sent: Sent, isPublic: boolean]> = {
  PutObject: [ofObject('PUT', {}), true],
  AppendObject: [{ ...ofObject('POST', { append: '', position: '0' }), object: 'log' }, true],
  CopyObject: [copyOf(`/${bucket}/a.txt`), true],
  PutSymlink: [
    { ...ofObject('PUT', { symlink: '' }, { 'x-oss-symlink-target': 'a.txt' }), object: 'link' },
    true,
  ],
  GetSymlink: [{ ...ofObject('GET', { symlink: '' }), object: 'link' }, true],
  GetObject: [ofObject('GET', {}), true],
  HeadObject: [{ method: 'HEAD', object: 'a.txt' }, true],
  GetObjectMeta: [{ method: 'HEAD', object: 'a.txt', query: { objectMeta: '' } }, true],
  InitiateMultipartUpload: [ofObject('POST', { uploads: '' }), true],
  PutObjectTagging: [{ ...ofObject('PUT', { tagging: '' }), body: '<Tagging/>' }, true],
  GetObjectTagging: [ofObject('GET', { tagging: '' }), false],
  DeleteObjectTagging: [ofObject('DELETE', { tagging: '' }), false],
  PutObjectAcl: [ofObject('PUT', { acl: '' }, { 'x-oss-object-acl': 'private' }), false],
  GetObjectAcl: [ofObject('GET', { acl: '' }), false],
  DeleteObject: [ofObject('DELETE', {}), true],
  DeleteMultipleObjects: [deletion, true],
  ListObjects: [ofBucket('GET', {}), false],
  ListObjectsV2: [ofBucket('GET', { 'list-type': '2' }), false],
  ListObjectVersions: [ofBucket('GET', { versions: '' }), false],
  ListMultipartUploads: [ofBucket('GET', { uploads: '' }), false],
  ListLiveChannel: [ofBucket('GET', { live: '' }), false],
  PutBucketAcl: [ofBucket('PUT', { acl: '' }), false],
  GetBucketAcl: [ofBucket('GET', { acl: '' }), false],
  GetBucketInfo: [ofBucket('GET', { bucketInfo: '' }), false],
  GetBucketLocation: [ofBucket('GET', { location: '' }), false],
  GetBucketStat: [ofBucket('GET', { stat: '' }), false],
  HeadBucket: [{ method: 'HEAD', object: '' }, false],
  PutBucketTags: [ofBucket('PUT', { tagging: '' }), false],
  GetBucketTags: [ofBucket('GET', { tagging: '' }), false],
  DeleteBucketTags: [ofBucket('DELETE', { tagging: '' }), false],
  PutBucketCors: [ofBucket('PUT', { cors: '' }), false],
  GetBucketCors: [ofBucket('GET', { cors: '' }), false],
  DeleteBucketCors: [ofBucket('DELETE', { cors: '' }), false],
  PutBucketVersioning: [ofBucket('PUT', { versioning: '' }), false],
  GetBucketVersioning: [ofBucket('GET', { versioning: '' }), false],
  PutBucket: [ofBucket('PUT', {}), false],
  DeleteBucket: [ofBucket('DELETE', {}), false],
};

/** Those that need an upload under way, are no requests of the REST kind, or are about the account. */
const ELSEWHERE =
  `PostObject UploadPart UploadPartCopy ListParts CompleteMultipartUpload AbortMultipartUpload ListBuckets
  ListAccessPoints`.split(/\s+/);

function sendWithoutKey(simulator: OssSimulator, sent: Sent): Promise<Response> {
  const search = new URLSearchParams(sent.query).toString();
  const { method, headers = {}, body } = sent;
  return fetch(`${simulator.url}/${bucket}/${sent.object}?${search}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
}

describe('without a key', () => {
  it('is tried for every operation', () => {
    const file = new URL('../../../src/simulator/operations/operation-name.ts', import.meta.url);
    const names = [...readFileSync(file, 'utf8').matchAll(/'(\w+)'/g)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set([...Object.keys(OPERATIONS), ...ELSEWHERE]));
  });

  it.each([
    ['private', 'permits nothing'],
    ['public-read', 'permits to read'],
    ['public-read-write', 'permits to read and to write objects'],
  ] as const)('a bucket that is %s %s', async (acl, _permits) => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } } });
    await simulator.objects.put({ bucket, object: 'a.txt', body: 'a' });
    await simulator.objects.put({ bucket, object: 'link', body: 'a' });
    const reading = ['GetObject', 'HeadObject', 'GetObjectMeta', 'GetSymlink'];
    for (const [name, [sent, isPublic]] of Object.entries(OPERATIONS)) {
      const { status } = await sendWithoutKey(simulator, sent);
      const isPermitted =
        acl === 'public-read-write' ? isPublic : acl === 'public-read' && reading.includes(name);
      expect([name, status !== 403]).toEqual([name, isPermitted]);
    }
  });
});

describe('with a policy', () => {
  const statement = (Action: string[], Resource: string[]) => ({
    Effect: 'Allow',
    Action,
    Resource: Resource.map((name) => `acs:oss:*:*:${name}`),
  });

  async function start(...Statement: object[]) {
    const simulator = await startSimulator({
      buckets: { [bucket]: { region }, other: { region } },
    });
    for (const name of [bucket, 'other']) {
      await simulator.objects.put({ bucket: name, object: 'a.txt', body: 'a' });
    }
    const parameters: Record<string, string> = {
      Action: 'AssumeRole',
      RoleArn: 'acs:ram::1234567890123456:role/uploader',
      RoleSessionName: 'test',
      Policy: JSON.stringify({ Version: '1', Statement }),
      AccessKeyId: credentials.accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: 'nonce',
      Timestamp: new Date().toISOString().replace(/\.\d{3}Z$/, 'Z'),
      Version: '2015-04-01',
      Format: 'JSON',
    };
    const Signature = signatureRpc('POST', parameters, credentials.accessKeySecret);
    const response = await fetch(simulator.url, {
      method: 'POST',
      body: new URLSearchParams({ ...parameters, Signature }),
    });
    const { Credentials } = (await response.json()) as { Credentials: Record<string, string> };
    const session = {
      accessKeyId: Credentials.AccessKeyId ?? '',
      accessKeySecret: Credentials.AccessKeySecret ?? '',
      securityToken: Credentials.SecurityToken ?? '',
    };
    return async (sent: Sent) => {
      const { method, object, query = {}, headers = {} } = sent;
      const signed = signRequestV4(
        { method, bucket, object, query, headers },
        { credentials: session, region, signedAt: new Date() },
      );
      const answer = await sendWithoutKey(simulator, {
        ...sent,
        headers: { ...headers, ...signed },
      });
      return [answer.status, codeOf(await answer.text())][answer.ok ? 0 : 1];
    };
  }

  it('a copy needs the right to read the source, and to write the target', async () => {
    const send = await start(
      statement(['oss:GetObject'], [`${bucket}/a.txt`]),
      statement(['oss:PutObject'], [`${bucket}/copy.txt`]),
    );
    expect(await send(copyOf(`/${bucket}/a.txt`))).toBe(200);
    expect(await send(copyOf('/other/a.txt'))).toBe('AccessDenied');
    expect(await send({ ...copyOf(`/${bucket}/a.txt`), object: 'b.txt' })).toBe('AccessDenied');
    const tagged = { 'x-oss-tagging': 'k=v', 'x-oss-copy-source': `/${bucket}/a.txt` };
    expect(await send({ ...copyOf(''), headers: tagged })).toBe('AccessDenied');
  });

  it('objects are deleted by the right to delete each of them', async () => {
    const send = await start(statement(['oss:DeleteObject'], [`${bucket}/a.*`]));
    expect(await send(deletion)).toBe(200);
    const elsewhere = await start(statement(['oss:DeleteObject'], [`${bucket}/b.*`]));
    expect(await elsewhere(deletion)).toBe('AccessDenied');
  });
});
