import { Readable } from 'node:stream';
import OSS from 'ali-oss';
import { OSSObject } from 'oss-client';
import { describe, expect, it } from 'vitest';
import type { SdkAuthorisation, SdkUploadRequest } from '../../src/index.js';
import {
  album,
  BUCKETS,
  failNextCallback,
  startSdkApp,
  useSdkApp,
  VARIABLES,
} from './sdk-world.js';

const OWN_KEY = {
  accessKeyId: 'local-oss-access-key-id',
  accessKeySecret: 'local-oss-access-key-secret',
};
/** More than the 100 KB under which ali-oss puts in place of a multipart upload. */
const LARGE = Buffer.alloc(250_000, 'large ');
const SMALL = Buffer.from('small content');

const world = useSdkApp();

const bodyTypes = ['application/x-www-form-urlencoded', 'application/json'] as const;

interface AliOssCase {
  bucket: keyof typeof BUCKETS;
  authorizationV4: boolean;
  form: 'aliOss' | 'headers';
}

const aliOssCases: AliOssCase[] = (['main', 'withRole'] as const).flatMap((bucket) =>
  [false, true].flatMap((authorizationV4) =>
    (['aliOss', 'headers'] as const).map((form) => ({ bucket, authorizationV4, form })),
  ),
);

let count = 0;

async function authorise(request: Partial<SdkUploadRequest> = {}): Promise<SdkAuthorisation> {
  count += 1;
  return world.uploads.authorizeSdk({
    object: `dir ${count}/+中文&=.txt`,
    contentType: 'text/plain',
    owner: 'user-7',
    ...album(),
    ...request,
  });
}

/** As a client makes it of what it was handed; with a key of its own where it got no credentials. */
function aliOss({ bucket, credentials }: SdkAuthorisation, options: object = {}): OSS {
  return new OSS({
    bucket,
    region: 'oss-cn-hangzhou',
    endpoint: world.oss.url.replace('127.0.0.1', 'localhost'),
    sldEnable: true,
    ...OWN_KEY,
    ...(credentials && { ...credentials, stsToken: credentials.securityToken }),
    ...options,
  } as OSS.Options);
}

/** What the uploader got, the row, and the callback that was made, all belong to one upload. */
async function expectRecord(
  { uploadId, object, bucket }: SdkAuthorisation,
  answer: unknown,
  content: Buffer,
  operation = 'PutObject',
) {
  expect(answer).toEqual({ id: uploadId, object, size: content.byteLength, ...VARIABLES });
  expect(await world.audit.get(uploadId)).toMatchObject({
    status: 'completed',
    bucket,
    object,
    operation,
    size: content.byteLength,
    mimeType: 'text/plain',
    owner: 'user-7',
    variables: { albumId: '7', caption: VARIABLES.caption },
    ticketed: true,
    confirmedAt: expect.any(Date),
  });
  const stored = world.oss.objects.get(bucket, object);
  expect(stored?.metadata).toEqual({ 'upload-id': uploadId });
  expect(stored?.bytes.equals(content)).toBe(true);
}

describe.each(aliOssCases)(
  'ali-oss, callback as $form, V4 $authorizationV4, bucket $bucket',
  ({ bucket, authorizationV4, form }) => {
    const options = ({ callback, headers, contentType }: SdkAuthorisation) => ({
      mime: contentType,
      ...(form === 'aliOss'
        ? { headers, callback: callback.aliOss as never }
        : { headers: { ...headers, ...callback.headers } }),
    });

    it('put', async () => {
      const upload = await authorise({ bucket });
      const client = aliOss(upload, { authorizationV4 });
      const result = await client.put(upload.object, SMALL, options(upload));
      await expectRecord(upload, (result as unknown as { data: unknown }).data, SMALL);
    });

    it('putStream', async () => {
      const upload = await authorise({ bucket });
      const client = aliOss(upload, { authorizationV4 });
      const stream = Readable.from([SMALL.subarray(0, 5), SMALL.subarray(5)]);
      const result = await client.putStream(upload.object, stream, options(upload) as never);
      await expectRecord(upload, (result as unknown as { data: unknown }).data, SMALL);
    });

    it.each([
      ['in parts', LARGE, 'CompleteMultipartUpload'],
      ['of little, which it puts', SMALL, 'PutObject'],
    ] as const)('multipartUpload %s', async (_what, content, operation) => {
      const upload = await authorise({ bucket, operation: 'CompleteMultipartUpload' });
      const client = aliOss(upload, { authorizationV4 });
      const result = await client.multipartUpload(upload.object, content, {
        partSize: 100 * 1024,
        ...options(upload),
      });
      await expectRecord(upload, (result as { data?: unknown }).data, content, operation);
    });
  },
);

describe.each(['main', 'withRole'] as const)('ali-oss, presigning, bucket %s', (bucket) => {
  it('signatureUrl', async () => {
    const upload = await authorise({ bucket });
    const { headers, contentType, callback } = upload;
    const url = aliOss(upload).signatureUrl(upload.object, {
      method: 'PUT',
      'Content-Type': contentType,
      ...headers,
      callback: callback.aliOss,
    } as never);
    const response = await fetch(url, {
      method: 'PUT',
      headers: { ...headers, 'content-type': contentType! },
      body: SMALL,
    });
    await expectRecord(upload, await response.json(), SMALL);
  });

  it.each(['query', 'headers'] as const)('signatureUrlV4, callback in %s', async (carrier) => {
    const upload = await authorise({ bucket });
    const { callback, contentType = '' } = upload;
    const headers = {
      ...upload.headers,
      'content-type': contentType,
      ...(carrier === 'headers' ? callback.headers : {}),
    };
    const queries = carrier === 'query' ? callback.query : {};
    const request = { headers, queries };
    const url = await aliOss(upload).signatureUrlV4('PUT', 60, request, upload.object, []);
    const response = await fetch(url, { method: 'PUT', headers, body: SMALL });
    await expectRecord(upload, await response.json(), SMALL);
  });

  it('signPostObjectPolicyV4', async () => {
    const upload = await authorise({ bucket });
    const { credentials, object, callback, headers } = upload;
    const now = new Date();
    const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const fields: Record<string, string> = {
      key: object,
      ...headers,
      'x-oss-content-type': 'text/plain',
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': `${credentials?.accessKeyId ?? OWN_KEY.accessKeyId}/${stamp.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`,
      'x-oss-date': stamp,
      ...(credentials && { 'x-oss-security-token': credentials.securityToken }),
      ...callback.form,
    };
    const policy = {
      expiration: new Date(now.getTime() + 60_000).toISOString(),
      conditions: Object.entries(fields)
        .filter(([name]) => !name.startsWith('x:'))
        .map(([name, value]) => ['eq', `$${name}`, value]),
    };
    const client = aliOss(upload) as unknown as {
      signPostObjectPolicyV4(policy: object, date: Date): string;
    };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('policy', Buffer.from(JSON.stringify(policy)).toString('base64'));
    form.append('x-oss-signature', client.signPostObjectPolicyV4(policy, now));
    form.append('file', new Blob([SMALL]), 'a.txt');
    const url = `${world.oss.url}/${upload.bucket}/`;
    const response = await fetch(url, { method: 'POST', body: form });
    await expectRecord(upload, await response.json(), SMALL, 'PostObject');
  });
});

describe.each(['aliOss', 'headers'] as const)('oss-client, callback as %s', (form) => {
  // It cannot name the bucket on an IP address: this is the local OSS's default bucket.
  const client = () =>
    new OSSObject({
      ...OWN_KEY,
      bucket: BUCKETS.main,
      region: 'oss-cn-hangzhou',
      endpoint: world.oss.url,
    });

  it('put', async () => {
    const upload = await authorise();
    const { headers, callback, contentType } = upload;
    const { data } = await client().put(upload.object, SMALL, {
      mime: contentType,
      ...(form === 'aliOss'
        ? { headers, callback: callback.aliOss as never }
        : { headers: { ...headers, ...callback.headers } }),
    });
    await expectRecord(upload, data, SMALL);
  });

  if (form === 'headers') return;

  it('signatureUrl', async () => {
    const upload = await authorise();
    const { headers, contentType, callback } = upload;
    const url = client().signatureUrl(upload.object, {
      method: 'PUT',
      'Content-Type': contentType,
      ...headers,
      callback: callback.aliOss,
    } as never);
    const response = await fetch(url, {
      method: 'PUT',
      headers: { ...headers, 'content-type': contentType! },
      body: SMALL,
    });
    await expectRecord(upload, await response.json(), SMALL);
  });
});

describe('a failed callback', () => {
  it('is an error of both clients, and the object is stored', async () => {
    const first = await authorise();
    failNextCallback();
    await expect(
      aliOss(first).put(first.object, SMALL, { headers: first.callback.headers }),
    ).rejects.toMatchObject({ name: 'CallbackFailedError', status: 203, code: 'CallbackFailed' });
    const second = await authorise();
    failNextCallback();
    const client = new OSSObject({ ...OWN_KEY, bucket: BUCKETS.main, endpoint: world.oss.url });
    await expect(
      client.put(second.object, SMALL, { headers: second.callback.headers }),
    ).rejects.toMatchObject({ status: 203, code: 'CallbackFailed' });
    for (const { bucket, object } of [first, second]) {
      expect(world.oss.objects.get(bucket, object)?.size).toBe(SMALL.byteLength);
    }
  });
});

describe.each(bodyTypes)('with %s and a URL that ali-oss would escape again', (bodyType) => {
  it('each form that is there arrives', async () => {
    const other = await startSdkApp({ callback: { bodyType, url: '/oss/album?next=%2Fhome%20' } });
    try {
      const { uploads, audit } = other;
      const upload = await uploads.authorizeSdk({ object: 'a.txt', variables: album().variables });
      expect(upload.callback).not.toHaveProperty('aliOss');
      const headers = { ...upload.headers, ...upload.callback.headers };
      const client = aliOss(upload, { endpoint: other.oss.url, sldEnable: false });
      await client.put(upload.object, SMALL, { headers });
      expect(other.oss.callbacks.map(({ path }) => path)).toEqual(['/oss/album?next=%2Fhome%20']);
      expect(await audit.get(upload.uploadId)).toMatchObject({ status: 'completed' });
    } finally {
      await other.stop();
    }
  });
});
