import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  signatureV1,
  signPolicyV1,
  stringToSignV1,
} from '../../src/protocol/signing/signature-v1.js';
import {
  canonicalRequestV4,
  presignRequestV4,
  signRequestV4,
  signingKeyV4,
  signPolicyV4,
  stringToSignV4,
  v4Date,
} from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { sendRaw } from '../support/raw-http.js';
import { postForm, readError } from './error-documents.js';
import {
  bucket,
  codeOf,
  credentials,
  messageOf,
  region,
  send,
  startSimulator,
} from './simulator-harness.js';

const HOUR = 3_600_000;
const element = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1];

/** Headers of a V4 signature with a scope and text of one's own. */
function headersV4(object: string, date: string, { product = 'oss' } = {}) {
  const headers = { 'x-oss-date': date, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' };
  const canonical = canonicalRequestV4({ method: 'GET', bucket, object, query: {}, headers });
  const key = signingKeyV4(credentials.accessKeySecret, date, region);
  const signature = createHmac('sha256', key).update(stringToSignV4(canonical, date, region));
  const scope = `${date.slice(0, 8)}/${region}/${product}/aliyun_v4_request`;
  const authorization = `OSS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},Signature=${signature.digest('hex')}`;
  return { ...headers, authorization };
}

function headersV1(
  target: { bucket?: string; object?: string },
  method = 'GET',
  { date = new Date(), more = {} }: { date?: Date; more?: Record<string, string> } = {},
) {
  const headers = { 'x-oss-date': date.toUTCString(), ...more };
  const text = stringToSignV1({ method, ...target, query: {}, headers }, date.toUTCString());
  const signature = signatureV1(text, credentials.accessKeySecret);
  return { ...headers, authorization: `OSS ${credentials.accessKeyId}:${signature}` };
}

describe('the order of checks', () => {
  it('a bucket that does not exist comes before a key that is unknown', async () => {
    const simulator = await startSimulator();
    const authorization = 'OSS unknown:AAAA';
    const headers = { authorization, 'x-oss-date': new Date().toUTCString() };
    const ask = async (path: string, method: string) =>
      codeOf(await (await fetch(`${simulator.url}${path}`, { method, headers })).text());
    for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
      expect(await ask('/nowhere/a.txt', method)).toBe('NoSuchBucket');
    }
    expect(await ask('/nowhere/?versioning', 'PUT')).toBe('NoSuchBucket');
    // These would make it.
    expect(await ask('/nowhere/', 'PUT')).toBe('InvalidAccessKeyId');
    expect(await ask('/nowhere/?acl', 'PUT')).toBe('InvalidAccessKeyId');
    expect(await ask(`/${bucket}/a.txt`, 'GET')).toBe('InvalidAccessKeyId');
    expect(await ask('/', 'GET')).toBe('InvalidAccessKeyId');
  });
});

describe('a security token beside a permanent key', () => {
  it('is refused in headers and in forms', async () => {
    const simulator = await startSimulator();
    const headers = headersV1({ bucket, object: 'a' }, 'GET', {
      more: { 'x-oss-security-token': 'bogus' },
    });
    const got = await fetch(`${simulator.url}/${bucket}/a`, { headers });
    expect((await readError(got)).slice(0, 2)).toEqual([403, 'InvalidAccessKeyId']);
    const fields = { 'x-oss-security-token': 'bogus' };
    const posted = await postForm(simulator.url, { fields });
    expect((await readError(posted)).slice(0, 2)).toEqual([403, 'InvalidAccessKeyId']);
  });
});

describe('RequestTimeTooSkewed', () => {
  const now = new Date(1_700_000_000_000);
  const ask = async (simulator: OssSimulator, headers: Record<string, string>, query = '') =>
    (await fetch(`${simulator.url}/${bucket}/a${query}`, { headers })).text();

  it.each(['V1', 'V4'])(
    'tells both times in whole seconds, so that clocks can be set: %s',
    async (version) => {
      const simulator = await startSimulator({ clock: () => now });
      const signedAt = new Date(now.getTime() - HOUR);
      const text = await ask(
        simulator,
        version === 'V1'
          ? headersV1({ bucket, object: 'a' }, 'GET', { date: signedAt })
          : headersV4('a', v4Date(signedAt)),
      );
      expect(codeOf(text)).toBe('RequestTimeTooSkewed');
      expect(element(text, 'EC')).toBe('0002-00000504');
      expect(element(text, 'RequestTime')).toBe('2023-11-14T21:13:20.000Z');
      expect(element(text, 'ServerTime')).toBe('2023-11-14T22:13:20.000Z');
      expect(element(text, 'MaxAllowedSkewMilliseconds')).toBe('900000');
    },
  );

  it('tells them of presigned URLs and forms that begin too late as well', async () => {
    const simulator = await startSimulator({ clock: () => now });
    const scope = { credentials, region, signedAt: new Date(now.getTime() + HOUR) };
    const target = { method: 'GET', bucket, object: 'a', query: {}, headers: {} };
    const query = presignRequestV4(target, { ...scope, expiresInSeconds: 60 });
    const presigned = await ask(simulator, {}, `?${new URLSearchParams(query).toString()}`);
    expect([codeOf(presigned), element(presigned, 'EC')]).toEqual([
      'RequestTimeTooSkewed',
      '0002-00000235',
    ]);
    const policy = Buffer.from('{}').toString('base64');
    const form = new FormData();
    const fields = { key: 'a', policy, ...signPolicyV4(policy, scope) };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', 'a');
    const posted = await fetch(`${simulator.url}/${bucket}/`, { method: 'POST', body: form });
    for (const text of [presigned, await posted.text()]) {
      expect(codeOf(text)).toBe('RequestTimeTooSkewed');
      expect(element(text, 'ServerTime')).toBe('2023-11-14T22:13:20.000Z');
    }
  });
});

describe('the scope of a V4 signature', () => {
  it('must name the region and the product', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region: 'cn-beijing' } } });
    expect(await readError(await send(simulator, {}))).toEqual([
      400,
      'InvalidArgument',
      'Invalid signing region in Authorization header.',
      '0002-00000226',
    ]);
    const headers = headersV4('a', v4Date(new Date()), { product: 'oss-cloudbox' });
    const other = await fetch(`${simulator.url}/${bucket}/a`, { headers });
    expect(await readError(other)).toEqual([
      400,
      'InvalidArgument',
      'Invalid signing product in Authorization header.',
      '0002-00000227',
    ]);
  });

  it('must name a region also where every one is accepted, in presigned URLs as well', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: {} } });
    const target = { method: 'GET', bucket, object: 'a', query: {}, headers: {} };
    const signed = { credentials, region: '', signedAt: new Date() };
    const headers = signRequestV4(target, signed);
    const url = `${simulator.url}/${bucket}/a`;
    expect((await readError(await fetch(url, { headers })))[2]).toBe(
      'Invalid signing region in Authorization header.',
    );
    const query = presignRequestV4(target, { ...signed, expiresInSeconds: 60 });
    const presigned = await fetch(`${url}?${new URLSearchParams(query).toString()}`);
    expect((await readError(presigned)).slice(0, 3)).toEqual([
      400,
      'InvalidArgument',
      'The signing region in credential is invalid.',
    ]);
  });

  it('must name the region in forms', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region: 'cn-beijing' } } });
    const policy = Buffer.from('{}').toString('base64');
    const signed = signPolicyV4(policy, { credentials, region, signedAt: new Date() });
    const fields = { policy, ...signed };
    const form = new FormData();
    for (const [name, value] of Object.entries({ key: 'a', ...fields })) form.append(name, value);
    form.append('file', 'a');
    const posted = await fetch(`${simulator.url}/${bucket}/`, { method: 'POST', body: form });
    expect(await readError(posted)).toEqual([
      400,
      'InvalidArgument',
      'The signing region in credential is invalid.',
      '0002-00000715',
    ]);
  });
});

describe('an object that does not exist', () => {
  it('is named', async () => {
    const simulator = await startSimulator();
    for (const query of [{}, { acl: '' }, { symlink: '' }] as Record<string, string>[]) {
      const text = await (await send(simulator, { object: 'a/中.txt', query })).text();
      expect([codeOf(text), element(text, 'Key')]).toEqual(['NoSuchKey', 'a/中.txt']);
    }
  });
});

describe('a key that is not UTF-8', () => {
  it.each(['%FF', '%zz', 'a/%E4%B8', '%ED%A0%80'])('%s is InvalidArgument', async (key) => {
    const simulator = await startSimulator({ checkSignatures: false });
    for (const method of ['GET', 'PUT']) {
      const { status, body } = await sendRaw(simulator.url, {
        method,
        target: `/${bucket}/${key}`,
        headers: { host: 'localhost', 'content-length': '0', connection: 'close' },
      });
      const xml = body.toString();
      expect([status, codeOf(xml), messageOf(xml)]).toEqual([
        400,
        'InvalidArgument',
        'The characters encoding must be utf-8.',
      ]);
    }
    expect(simulator.objects.list()).toEqual([]);
  });
});

describe('a signature that is not verified', () => {
  const query = {
    'x-oss-signature-version': 'OSS2',
    'x-oss-access-key-id': credentials.accessKeyId,
    'x-oss-expires': '9999999999',
    'x-oss-signature': 'bm9uc2Vuc2U=',
  };
  const { 'x-oss-signature-version': _version, ...withoutVersion } = query;

  it.each<[string, Record<string, string>, Record<string, string>, RegExp]>([
    ['OSS2 in a URL', query, {}, /version 2 \(OSS2\)/],
    ['OSS2 in a URL that names no version', withoutVersion, {}, /version 2 \(OSS2\)/],
    ['OSS2 in a header', {}, { authorization: 'OSS2 AccessKeyId:a,Signature:b' }, /version 2/],
    [
      'an unknown version',
      { 'x-oss-signature-version': 'OSS9', 'x-oss-signature': 'a' },
      {},
      /OSS9/,
    ],
    ['S3, V4', { 'X-Amz-Signature': 'a' }, {}, /Amazon S3/],
    ['S3, V2', { AWSAccessKeyId: 'a', Signature: 'b' }, {}, /Amazon S3/],
    ['S3 in a header', {}, { authorization: 'AWS4-HMAC-SHA256 Credential=a' }, /Amazon S3/],
  ])(
    'is refused by name, also in a public bucket: %s',
    async (_what, parameters, headers, name) => {
      const acl = 'public-read-write';
      const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } } });
      await simulator.objects.put({ bucket, object: 'a', body: 'a' });
      const search = new URLSearchParams(parameters).toString();
      for (const method of ['GET', 'PUT']) {
        const response = await fetch(`${simulator.url}/${bucket}/a?${search}`, { method, headers });
        const text = await response.text();
        expect([response.status, codeOf(text)]).toEqual([400, 'NotImplemented']);
        expect(messageOf(text)).toMatch(name);
      }
      expect(simulator.objects.get(bucket, 'a')?.bytes.toString()).toBe('a');
    },
  );
});

describe('a bucket that is signed without the slash at its end', () => {
  it('is found, as the SDK for C asks for it', async () => {
    const simulator = await startSimulator();
    const ask = async (method: string, path: string, object: string) =>
      (await fetch(`${simulator.url}${path}`, { method, headers: headersV1({ object }, method) }))
        .status;
    expect(await ask('GET', `/${bucket}`, bucket)).toBe(200);
    expect(await ask('GET', `/${bucket}/`, bucket)).toBe(200);
    expect(await ask('GET', `/${bucket}/${bucket}`, bucket)).toBe(403);
  });
});

describe('ListBuckets', () => {
  const list = async (simulator: OssSimulator, query = '') => {
    const response = await fetch(`${simulator.url}/${query}`, { headers: headersV1({}) });
    const text = await response.text();
    const names = [...text.matchAll(/<Name>([^<]*)</g)].map(([, name]) => name);
    return { status: response.status, text, names };
  };
  const buckets = { 'b-1': {}, 'a-1': { region: 'cn-beijing' }, 'b-2': { storageClass: 'IA' } };

  it('lists the buckets by name, page by page', async () => {
    const simulator = await startSimulator({ buckets });
    const all = await list(simulator);
    expect(all.names).toEqual(['a-1', 'b-1', 'b-2']);
    expect(all.text).toMatch(/<Location>oss-cn-beijing<[^]*<Region>cn-beijing</);
    const { host } = new URL(simulator.url);
    expect(all.text).toContain(`<ExtranetEndpoint>http://${host}</ExtranetEndpoint>`);
    expect(all.text).not.toContain('IsTruncated');
    expect((await list(simulator, '?prefix=b-')).names).toEqual(['b-1', 'b-2']);
    const first = await list(simulator, '?max-keys=2');
    expect([
      first.names,
      element(first.text, 'IsTruncated'),
      element(first.text, 'NextMarker'),
    ]).toEqual([['a-1', 'b-1'], 'true', 'b-1']);
    expect((await list(simulator, '?marker=b-1')).names).toEqual(['b-2']);
    expect((await list(simulator, '?max-keys=0')).status).toBe(400);
    expect((await list(simulator, '?prefix=No_Bucket')).status).toBe(400);
    // As the SDK for C# asks at an IP address.
    expect((await list(simulator, '//?prefix=b-')).names).toEqual(['b-1', 'b-2']);
  });

  it('lists the buckets that are used, where every name exists', async () => {
    const simulator = await startSimulator({ buckets: undefined });
    await simulator.objects.put({ bucket: 'used', object: 'a', body: 'a' });
    const headers = headersV1({ bucket: 'made', object: '' }, 'PUT');
    expect((await fetch(`${simulator.url}/made/`, { method: 'PUT', headers })).status).toBe(200);
    expect((await list(simulator)).names).toEqual(['made', 'used']);
  });

  it('needs a key', async () => {
    const simulator = await startSimulator({ buckets });
    expect((await fetch(`${simulator.url}/`)).status).toBe(403);
    const policy = signPolicyV1('AAAA', credentials);
    const form = new URLSearchParams(policy);
    expect((await fetch(`${simulator.url}/?${form.toString()}`)).status).toBe(403);
  });
});
