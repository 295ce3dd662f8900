import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import { elapsedCpuMs } from '../support/cpu-time.js';
import { BUCKET, startOss } from '../support/test-app.js';
import { type RawRequest, sendRaw } from '../support/raw-http.js';
import { leastGrowth, MOST_GROWTH } from './growth.js';

const KB = 1_024;

const AUTHORIZATION = 'OSS local-oss-access-key-id:d3Jvbmc=';
const form = (part: string): RawRequest => ({
  target: `/${BUCKET}/`,
  headers: { 'content-type': 'multipart/form-data; boundary=b' },
  body: `--b\r\n${part}\r\n--b--\r\n`,
});

const requests: Readonly<Record<string, (bytes: number, uploadId: string) => RawRequest>> = {
  'a wrong signature over many names in the query': (bytes) => ({
    method: 'PUT',
    target: `/${BUCKET}/a?${Array.from({ length: bytes / 8 }, (_, index) => `name${index}`).join('&')}`,
    headers: { authorization: AUTHORIZATION, date: new Date().toUTCString() },
  }),
  'a wrong signature over many headers': (bytes) => ({
    method: 'PUT',
    target: `/${BUCKET}/a`,
    headers: Object.fromEntries([
      ['authorization', AUTHORIZATION],
      ['date', new Date().toUTCString()],
      ...Array.from({ length: bytes / 40 }, (_, index) => [`x-oss-meta-name${index}`, 'a']),
    ]) as Record<string, string>,
  }),
  'a signature of version 4 over many headers, each named': (bytes) => {
    const names = Array.from({ length: bytes / 40 }, (_, index) => `name${index}`);
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const credential = `local-oss-access-key-id/${date.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`;
    return {
      method: 'PUT',
      target: `/${BUCKET}/a`,
      headers: {
        authorization: `OSS4-HMAC-SHA256 Credential=${credential},AdditionalHeaders=${names.join(';')},Signature=0`,
        'x-oss-date': date,
        ...Object.fromEntries(names.map((name) => [name, 'a'])),
      },
    };
  },
  'a list of parts that do not end': (bytes, uploadId) => ({
    target: `/${BUCKET}/a?uploadId=${uploadId}`,
    body: `<CompleteMultipartUpload>${'<Part>'.repeat((bytes * 16) / 6)}`,
  }),
  'a list of one part without a number': (bytes, uploadId) => ({
    target: `/${BUCKET}/a?uploadId=${uploadId}`,
    body: `<CompleteMultipartUpload><Part><PartNumber>${' '.repeat(bytes)}</Part>`,
  }),
  'a configuration of a bucket': (bytes) => ({
    method: 'PUT',
    target: `/${BUCKET}`,
    body: '<StorageClass>'.repeat(bytes / 14),
  }),
  'a form whose field has a long name': (bytes) =>
    form(
      `Content-Disposition: form-data; name="${'\\"'.repeat(Math.min(bytes, 30_000) / 2)}"\r\n\r\na`,
    ),
  'a form whose field has many parameters': (bytes) =>
    form(`Content-Disposition: form-data${';a="'.repeat(Math.min(bytes, 30_000) / 4)}\r\n\r\na`),
  'a form with beginnings of a boundary': (bytes) =>
    form(`Content-Disposition: form-data; name="a"\r\n\r\n${'\r\n--'.repeat((bytes * 16) / 4)}`),
  'a callback with many placeholders': (bytes) => ({
    method: 'PUT',
    target: `/${BUCKET}/a`,
    headers: {
      'x-oss-callback': Buffer.from(
        JSON.stringify({
          callbackUrl: 'http://127.0.0.1:9',
          callbackBody: '${a}'.repeat(Math.min(bytes, 3_600) / 4),
          callbackBodyType: 'application/json',
        }),
      ).toString('base64'),
    },
    body: 'a',
  }),
  'a path with many segments and escapes': (bytes) => ({
    method: 'GET',
    target: `/${'+/%2e'.repeat(bytes / 5)}`,
  }),
  'a Range, an Origin and a Host': (bytes) => ({
    method: 'GET',
    target: `/${BUCKET}/a`,
    headers: {
      range: `bytes=${'1'.repeat(bytes / 4)}`,
      origin: `http://${'a.'.repeat(bytes / 8)}x`,
      host: `${':1'.repeat(bytes / 8)}x`,
    },
  }),
};

describe.each([true, false])('the local OSS, checking signatures: %s,', (checkSignatures) => {
  let oss: OssSimulator;
  let uploadId: string;

  beforeAll(async () => {
    oss = await startOss({ checkSignatures });
    const begun = await sendRaw(oss.url, { target: `/${BUCKET}/a?uploads` });
    uploadId = /<UploadId>(\w+)/.exec(begun.body.toString())?.[1] ?? 'none';
  });
  afterAll(() => oss.stop());

  it.each(Object.keys(requests))('answers in linear time: %s', async (kind) => {
    const leastCpuMs = async (bytes: number) => {
      let least = Infinity;
      for (let round = 0; round < 3; round += 1) {
        const request = requests[kind]!(bytes, uploadId);
        const startedAt = process.cpuUsage();
        expect((await sendRaw(oss.url, request)).status).toBeGreaterThanOrEqual(200);
        least = Math.min(least, elapsedCpuMs(startedAt));
      }
      return least;
    };
    const growth = await leastGrowth(async () => {
      const few = await leastCpuMs(7 * KB);
      return (await leastCpuMs(56 * KB)) / few;
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
  });
});
