import { describe, expect, it } from 'vitest';
import { signatureV1 } from '../../src/protocol/signing/signature-v1.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { bucket, codeOf, credentials, startSimulator } from './simulator-harness.js';

/** What the vendor's SDKs sign as sub-resources, or send as an operation's parameter. */
const SUB_RESOURCES = `
  accessPoint accessPointConfigForObjectProcess accessPointForObjectProcess accessPointPolicy
  accessPointPolicyForObjectProcess accessmonitor acl append asyncFetch bucketArchiveDirectRead bucketInfo
  cleanRestoredObject cloudboxes cname comp cors dataPipeline delete encryption httpsConfig img inventory inventoryId
  legalHold lifecycle list-type live location logging metaQuery objectMeta objectWorm overwriteConfig partNumber policy
  policyStatus position processConfiguration publicAccessBlock qos qosInfo redundancyTransition referer regionList
  regions replication replicationLocation replicationProgress requestPayment resourceGroup responseHeader restore
  retention rtc seal stat status style styleName symlink tagging transferAcceleration udf udfApplication udfId udfImage
  uploadId uploads userDefinedLogFieldsConfig versioning versions vod vpcip website worm wormExtend wormId
  x-oss-async-process x-oss-process x-oss-rename x-oss-write-get-object-response`
  .trim()
  .split(/\s+/);

/** Those that are not about what a bucket or an object holds. */
const NOT_IMPLEMENTED = 'cname lifecycle requestPayment retention website worm'.split(' ');

async function start(): Promise<OssSimulator> {
  const simulator = await startSimulator({ checkSignatures: false });
  await simulator.objects.put({ bucket, object: 'a.txt', body: 'kept' });
  return simulator;
}

function ask(simulator: OssSimulator, method: string, target: string): Promise<Response> {
  const body = method === 'PUT' || method === 'POST' ? '<Retention/>' : undefined;
  return fetch(`${simulator.url}/${target}`, { method, ...(body ? { body } : {}) });
}

describe('a sub-resource never runs the plain operation', () => {
  it.each(['PUT', 'POST', 'DELETE'])(
    '%s of an object neither replaces nor deletes it',
    async (method) => {
      const simulator = await start();
      // What deletes symlinks deletes other objects, too.
      const names = SUB_RESOURCES.filter((name) => name !== 'symlink' || method !== 'DELETE');
      for (const name of names) {
        await ask(simulator, method, `${bucket}/a.txt?${name}`);
        const [object, ...others] = simulator.objects.list();
        expect([name, object?.object, object?.bytes.toString(), others]).toEqual([
          name,
          'a.txt',
          'kept',
          [],
        ]);
      }
    },
  );

  it('GET of an object does not give its content', async () => {
    const simulator = await start();
    for (const name of SUB_RESOURCES) {
      const response = await ask(simulator, 'GET', `${bucket}/a.txt?${name}`);
      expect([name, await response.text()]).not.toEqual([name, 'kept']);
    }
  });

  it('PUT does not make a bucket', async () => {
    const simulator = await start();
    for (const name of SUB_RESOURCES) {
      const response = await ask(simulator, 'PUT', `new-bucket/?${name}`);
      // PutBucketAcl would make one, but says no ACL here.
      const expected = name === 'acl' ? 'InvalidArgument' : 'NoSuchBucket';
      expect([name, codeOf(await response.text())]).toEqual([name, expected]);
    }
    expect((await ask(simulator, 'GET', 'new-bucket/')).status).toBe(404);
  });

  it('GET of a bucket lists its objects only where a list is asked for', async () => {
    const simulator = await start();
    for (const name of SUB_RESOURCES.filter((one) => one !== 'list-type' && one !== 'versions')) {
      const text = await (await ask(simulator, 'GET', `${bucket}/?${name}`)).text();
      expect([name, text.includes('<Key>a.txt</Key>')]).toEqual([name, false]);
    }
  });

  it.each(['cname', 'requestPayment', 'retention', 'regionList', 'publicAccessBlock'])(
    '%s is signed by V1',
    async (name) => {
      const simulator = await startSimulator();
      const date = new Date().toUTCString();
      const text = `GET\n\n\n${date}\nx-oss-date:${date}\n/${bucket}/a.txt?${name}`;
      const signature = signatureV1(text, credentials.accessKeySecret);
      const authorization = `OSS ${credentials.accessKeyId}:${signature}`;
      const response = await fetch(`${simulator.url}/${bucket}/a.txt?${name}`, {
        headers: { 'x-oss-date': date, authorization },
      });
      expect(codeOf(await response.text())).toBe('NotImplemented');
    },
  );

  it.each(NOT_IMPLEMENTED)('%s is not implemented', async (name) => {
    const simulator = await start();
    for (const target of [bucket, `${bucket}/a.txt`]) {
      for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
        const response = await ask(simulator, method, `${target}?${name}`);
        expect([response.status, codeOf(await response.text())]).toEqual([400, 'NotImplemented']);
      }
    }
  });
});
