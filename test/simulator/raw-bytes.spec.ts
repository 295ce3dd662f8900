import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingKeyV4, stringToSignV4, v4Date } from '../../src/protocol/signing/signature-v4.js';
import { bytesOfText, textOfBytes } from '../../src/simulator/server/raw-text.js';
import { sendBytes } from '../support/raw-http.js';
import {
  bucket,
  credentials,
  region,
  startSimulator,
  temporaryFolder,
} from './simulator-harness.js';

/** "caf\xe9" in Latin-1, and "中" in GBK. */
const LATIN = Buffer.from([0x63, 0x61, 0x66, 0xe9]);
const GBK = Buffer.from([0xd6, 0xd0]);
const { accessKeyId, accessKeySecret } = credentials;

function request(method: string, headers: [string, string | Buffer][], body = ''): Buffer {
  const lines = headers.map(([name, value]) =>
    Buffer.concat([Buffer.from(`${name}: `), Buffer.from(value), Buffer.from('\r\n')]),
  );
  return Buffer.concat([
    Buffer.from(`${method} /${bucket}/a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`),
    ...lines,
    Buffer.from(`Content-Length: ${body.length}\r\n\r\n${body}`),
  ]);
}

function signedV1(method: string, value: Buffer): [string, string | Buffer][] {
  const date = new Date().toUTCString();
  const text = Buffer.concat([
    Buffer.from(`${method}\n\n\n${date}\nx-oss-meta-a:`),
    value,
    Buffer.from(`\n/${bucket}/a`),
  ]);
  const signature = createHmac('sha1', accessKeySecret).update(text).digest('base64');
  return [
    ['Date', date],
    ['x-oss-meta-a', value],
    ['Authorization', `OSS ${accessKeyId}:${signature}`],
  ];
}

function signedV4(method: string, value: Buffer): [string, string | Buffer][] {
  const date = v4Date(new Date());
  const canonical = Buffer.concat([
    Buffer.from(
      `${method}\n/${bucket}/a\n\nx-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:${date}\nx-oss-meta-a:`,
    ),
    value,
    Buffer.from('\n\n\nUNSIGNED-PAYLOAD'),
  ]);
  const key = signingKeyV4(accessKeySecret, date, region);
  const signature = createHmac('sha256', key).update(stringToSignV4(canonical, date, region));
  const scope = `${accessKeyId}/${date.slice(0, 8)}/${region}/oss/aliyun_v4_request`;
  return [
    ['x-oss-date', date],
    ['x-oss-content-sha256', 'UNSIGNED-PAYLOAD'],
    ['x-oss-meta-a', value],
    ['Authorization', `OSS4-HMAC-SHA256 Credential=${scope},Signature=${signature.digest('hex')}`],
  ];
}

describe('metadata that is not UTF-8', () => {
  it.each([
    ['V1', signedV1, LATIN],
    ['V1', signedV1, GBK],
    ['V4', signedV4, LATIN],
    ['V4', signedV4, Buffer.from('UTF-8: 中 😀')],
  ] as const)('is signed as its bytes, kept and given back: %s', async (_version, sign, value) => {
    const dataDirectory = await temporaryFolder();
    const first = await startSimulator({ dataDirectory });
    const put = await sendBytes(first.url, request('PUT', sign('PUT', value), 'x'));
    expect(put.status).toBe(200);
    await first.stop();
    const acl = 'public-read';
    const second = await startSimulator({ dataDirectory, buckets: { [bucket]: { region, acl } } });
    const head = await sendBytes(second.url, request('HEAD', []), true);
    const given = head.header('x-oss-meta-a') ?? '';
    expect(Buffer.from(given, 'latin1').equals(value)).toBe(true);
  });
});

describe('texts of bytes', () => {
  it.each([LATIN, GBK, Buffer.from('中'), Buffer.from([0x80, 0xff, 0x41]), Buffer.from('\ufeffa')])(
    'give the bytes back: %o',
    (bytes) => {
      expect(bytesOfText(textOfBytes(bytes)).equals(bytes)).toBe(true);
    },
  );
});
