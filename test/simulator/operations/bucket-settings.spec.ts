import { describe, expect, it } from 'vitest';
import type { OssSimulator, OssSimulatorOptions } from '../../../src/simulator/index.js';
import {
  bucket,
  codeOf,
  region,
  send,
  startSimulator,
  temporaryFolder,
} from '../simulator-harness.js';

function ask(
  simulator: OssSimulator,
  method: string,
  query: Record<string, string>,
  body?: string,
): Promise<Response> {
  return send(simulator, { method, object: '', query, ...(body === undefined ? {} : { body }) });
}

const withoutSpaces = (xml: string) => xml.replace(/>\s+</g, '><');

describe('PutBucketAcl', () => {
  it('makes the bucket if there is none', async () => {
    const simulator = await startSimulator({ buckets: {}, region });
    const put = (headers: Record<string, string>) =>
      send(simulator, { method: 'PUT', object: '', query: { acl: '' }, headers });
    expect(codeOf(await (await put({})).text())).toBe('InvalidArgument');
    expect((await ask(simulator, 'GET', {})).status).toBe(404);
    const made = await put({ 'x-oss-acl': 'public-read' });
    expect([made.status, made.headers.get('location')]).toEqual([200, `/${bucket}`]);
    const acl = await ask(simulator, 'GET', { acl: '' });
    expect(await acl.text()).toContain('<Grant>public-read</Grant>');
    // Without an ACL, the one that is there stays.
    expect((await put({})).status).toBe(200);
    expect((await put({ 'x-oss-acl': '' })).status).toBe(200);
    const same = await ask(simulator, 'GET', { acl: '' });
    expect(await same.text()).toContain('<Grant>public-read</Grant>');
  });
});

describe('names that no bucket can be given', () => {
  it.each(['old_name', 'Upper'])('%s is looked for all the same', async (name) => {
    const simulator = await startSimulator({ checkSignatures: false });
    const ask = async (method: string) => {
      const response = await fetch(`${simulator.url}/${name}/?acl`, { method });
      return [response.status, codeOf(await response.text())];
    };
    expect(await ask('GET')).toEqual([404, 'NoSuchBucket']);
    expect(await ask('PUT')).toEqual([400, 'InvalidBucketName']);
  });
});

describe('DeleteBucket', () => {
  it.each([
    ['declared', { buckets: { [bucket]: { region } } }],
    ['there without being made', { buckets: undefined }],
  ] as [string, OssSimulatorOptions][])('deletes a bucket that is %s', async (_name, options) => {
    const simulator = await startSimulator(options);
    expect((await ask(simulator, 'DELETE', {})).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      const response = await ask(simulator, method, {});
      expect([response.status, codeOf(await response.text())]).toEqual([404, 'NoSuchBucket']);
    }
    expect((await ask(simulator, 'PUT', {})).status).toBe(200);
    expect((await ask(simulator, 'GET', {})).status).toBe(200);
  });

  it('refuses while there are objects, versions or uploads', async () => {
    const simulator = await startSimulator({ buckets: { [bucket]: { region, versioned: true } } });
    const refused = async () => codeOf(await (await ask(simulator, 'DELETE', {})).text());
    await send(simulator, { method: 'PUT', body: 'a' });
    expect(await refused()).toBe('BucketNotEmpty');
    await send(simulator, { method: 'DELETE' });
    expect(await refused()).toBe('BucketNotEmpty');
    await simulator.objects.clear();
    const begun = await send(simulator, { method: 'POST', query: { uploads: '' } });
    expect(await refused()).toBe('BucketNotEmpty');
    const told = await (await ask(simulator, 'DELETE', {})).text();
    expect(told).toContain('The bucket has Multipart Uploads.');
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(await begun.text()) ?? [];
    await send(simulator, { method: 'DELETE', query: { uploadId } });
    expect((await ask(simulator, 'DELETE', {})).status).toBe(204);
  });

  it('is for those with a key', async () => {
    const acl = 'public-read-write' as const;
    const simulator = await startSimulator({ buckets: { [bucket]: { region, acl } } });
    expect((await fetch(`${simulator.url}/${bucket}`, { method: 'DELETE' })).status).toBe(403);
  });
});

describe('PutBucket', () => {
  const configuration = (elements: string) =>
    `<CreateBucketConfiguration>${elements}</CreateBucketConfiguration>`;
  const classOf = (name: string) => configuration(`<StorageClass>${name}</StorageClass>`);

  it('gives a bucket its storage class and redundancy, once and for all', async () => {
    const simulator = await startSimulator({ buckets: {} });
    const body = `<StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType>`;
    expect((await ask(simulator, 'PUT', {}, configuration(body))).status).toBe(200);
    const info = await (await ask(simulator, 'GET', { bucketInfo: '' })).text();
    expect(info).toContain('<StorageClass>IA</StorageClass>');
    expect(info).toContain('<DataRedundancyType>ZRS</DataRedundancyType>');
    const again = await ask(simulator, 'PUT', {}, classOf('Archive'));
    expect([again.status, codeOf(await again.text())]).toEqual([409, 'BucketAlreadyExists']);
    expect((await ask(simulator, 'PUT', {}, classOf('IA'))).status).toBe(200);
    expect((await ask(simulator, 'PUT', {})).status).toBe(200);
  });

  it('is for the region of the local OSS, if it has one', async () => {
    const locationOf = (name: string) =>
      configuration(`<LocationConstraint>${name}</LocationConstraint>`);
    const simulator = await startSimulator({ buckets: {}, region });
    const elsewhere = await ask(simulator, 'PUT', {}, locationOf('oss-ap-southeast-1'));
    expect([elsewhere.status, codeOf(await elsewhere.text())]).toEqual([
      400,
      'InvalidLocationConstraint',
    ]);
    for (const name of [region, `oss-${region}`]) {
      expect((await ask(simulator, 'PUT', {}, locationOf(name))).status).toBe(200);
    }
    const anywhere = await startSimulator({ buckets: {} });
    expect((await ask(anywhere, 'PUT', {}, locationOf('oss-ap-southeast-1'))).status).toBe(200);
  });

  it('makes a bucket of a name that exists without having been made', async () => {
    const simulator = await startSimulator({ buckets: undefined });
    expect((await ask(simulator, 'PUT', {}, classOf('IA'))).status).toBe(200);
    const info = await (await ask(simulator, 'GET', { bucketInfo: '' })).text();
    expect(info).toContain('<StorageClass>IA</StorageClass>');
  });
});

describe('GetBucketInfo', () => {
  it('has the elements that SDKs read, also of what no bucket has here', async () => {
    const buckets = { [bucket]: { region, serverSideEncryption: 'AES256' } };
    const simulator = await startSimulator({ buckets });
    const told = withoutSpaces(await (await ask(simulator, 'GET', { bucketInfo: '' })).text());
    expect(told).toContain(
      '<ServerSideEncryptionRule><SSEAlgorithm>AES256</SSEAlgorithm></ServerSideEncryptionRule>',
    );
    expect(told).toContain(
      '<BucketPolicy><LogBucket></LogBucket><LogPrefix></LogPrefix></BucketPolicy>',
    );
    for (const name of ['AccessMonitor', 'CrossRegionReplication', 'TransferAcceleration']) {
      expect(told).toContain(`<${name}>Disabled</${name}>`);
    }
    expect(told).toMatch(/<DataRedundancyType>LRS<.*<ResourceGroupId>.+<\/ResourceGroupId>/);
  });
});

describe('the versioning of a bucket', () => {
  const set = (simulator: OssSimulator, status: string) =>
    ask(
      simulator,
      'PUT',
      { versioning: '' },
      `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`,
    );
  const put = async (simulator: OssSimulator, body: string) =>
    (await send(simulator, { method: 'PUT', body })).headers.get('x-oss-version-id');

  it('is enabled and suspended, and is so after a restart', async () => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    expect(await put(first, 'before')).toBeNull();
    expect((await set(first, 'Enabled')).status).toBe(200);
    const head = await send(first, { method: 'HEAD' });
    expect(head.headers.get('x-oss-version-id')).toBe('null');
    const enabled = await put(first, 'enabled');
    expect(enabled).toMatch(/^CAEQ/);
    expect((await set(first, 'Suspended')).status).toBe(200);
    await first.stop();

    const second = await startSimulator({ dataDirectory });
    const told = await ask(second, 'GET', { versioning: '' });
    expect(await told.text()).toContain('<Status>Suspended</Status>');
    const info = await ask(second, 'GET', { bucketInfo: '' });
    expect(await info.text()).toContain('<Versioning>Suspended</Versioning>');
    // The version without an id is replaced, the others stay.
    expect(await put(second, 'suspended')).toBe('null');
    const read = async (versionId: string) => (await send(second, { query: { versionId } })).text();
    expect(await read('null')).toBe('suspended');
    const listed = await (await ask(second, 'GET', { versions: '' })).text();
    expect([...listed.matchAll(/<VersionId>/g)]).toHaveLength(2);
    expect(await read(enabled ?? '')).toBe('enabled');
    const deleted = await send(second, { method: 'DELETE' });
    expect(deleted.headers.get('x-oss-version-id')).toBe('null');
    expect(codeOf(await read('null'))).toBe('MethodNotAllowed');
    expect(await read(enabled ?? '')).toBe('enabled');
  });

  it('has no other state', async () => {
    const response = await set(await startSimulator(), 'Disabled');
    expect([response.status, codeOf(await response.text())]).toEqual([400, 'MalformedXML']);
  });
});

describe('the CORS rules of a bucket', () => {
  const RULES =
    '<CORSConfiguration><CORSRule><AllowedOrigin>http://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod><AllowedHeader>x-OSS-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>100</MaxAgeSeconds></CORSRule><ResponseVary>false</ResponseVary></CORSConfiguration>';

  it('are put, shown and deleted', async () => {
    const simulator = await startSimulator();
    const show = async () => {
      const text = await (await ask(simulator, 'GET', { cors: '' })).text();
      return text.includes('<Error>') ? codeOf(text) : withoutSpaces(text);
    };
    expect(await show()).toBe('NoSuchCORSConfiguration');
    expect((await ask(simulator, 'PUT', { cors: '' }, RULES)).status).toBe(200);
    // OSS keeps the names of headers in lower case.
    expect(await show()).toContain(RULES.replace('x-OSS-*', 'x-oss-*'));
    const silent = RULES.replace('<ResponseVary>false</ResponseVary>', '');
    await ask(simulator, 'PUT', { cors: '' }, silent);
    expect(await show()).toContain('<ResponseVary>false</ResponseVary>');
    expect((await ask(simulator, 'DELETE', { cors: '' })).status).toBe(204);
    expect(await show()).toBe('NoSuchCORSConfiguration');
  });

  it.each([
    '<CORSConfiguration></CORSConfiguration>',
    RULES.replace('http://*.example.com', 'http://*.*.com'),
    RULES.replace('>GET<', '>PATCH<'),
    RULES.replace(/<AllowedOrigin>.*<\/AllowedOrigin>/, ''),
  ])('must be rules: %s', async (rules) => {
    const response = await ask(await startSimulator(), 'PUT', { cors: '' }, rules);
    expect([response.status, codeOf(await response.text())]).toEqual([400, 'MalformedXML']);
  });

  it('answer preflight requests, and admit no page', async () => {
    const simulator = await startSimulator();
    await send(simulator, {
      method: 'PUT',
      body: 'a',
      headers: { 'x-oss-object-acl': 'public-read' },
    });
    await ask(simulator, 'PUT', { cors: '' }, RULES);
    const url = `${simulator.url}/${bucket}/a.txt`;
    const preflight = async (origin: string, method: string, requested: string) => {
      const response = await fetch(url, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': requested,
        },
      });
      return [response.status, response.headers.get('access-control-allow-origin')];
    };
    const origin = 'http://www.example.com';
    expect(await preflight(origin, 'PUT', 'x-oss-test, X-OSS-acl')).toEqual([200, origin]);
    expect(await preflight(origin, 'DELETE', 'x-oss-test')).toEqual([403, null]);
    expect(await preflight(origin, 'PUT', 'x-other')).toEqual([403, null]);
    expect(await preflight('http://example.org', 'PUT', 'x-oss-test')).toEqual([403, null]);
    const elsewhere = await fetch(`${simulator.url}/other-bucket/a`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'GET' },
    });
    expect([elsewhere.status, codeOf(await elsewhere.text())]).toEqual([404, 'NoSuchBucket']);
    const read = await fetch(url, { headers: { origin } });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});
