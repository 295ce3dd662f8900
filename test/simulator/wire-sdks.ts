import { createHash } from 'node:crypto';
import { signatureV1, stringToSignV1 } from '../../src/protocol/signing/signature-v1.js';
import { signRequestV4 } from '../../src/protocol/signing/signature-v4.js';
import type { OssSimulator } from '../../src/simulator/index.js';
import { type RawResponse, sendRaw } from '../support/raw-http.js';
import { bucket, credentials, region } from './simulator-harness.js';

type Framing = 'length' | 'chunked' | 'chunked and length' | 'chunked, Expect';

/** How an SDK that was recorded puts a request on the wire. */
export interface Sdk {
  name: string;
  version: 1 | 4;
  /** Where the bucket stands, and how the key is written. */
  path: 'host' | 'segments' | 'slashes encoded' | 'plus for space' | 'all in one' | 'key alone';
  framing: Framing;
  /** Header of version 1 that holds the date. */
  date?: 'date' | 'x-oss-date';
  md5?: boolean;
  /** Of CompleteMultipartUpload. */
  type?: string;
  uploads?: 'uploads' | 'uploads=';
  encodingType?: boolean;
  more?: Record<string, string>;
}

const xml = 'application/xml';
export const SDKS: readonly Sdk[] = [
  {
    name: 'ali-oss V1',
    version: 1,
    path: 'host',
    framing: 'length',
    date: 'x-oss-date',
    md5: true,
    type: xml,
    uploads: 'uploads=',
  },
  {
    name: 'ali-oss V1, stream',
    version: 1,
    path: 'host',
    framing: 'chunked',
    date: 'x-oss-date',
    type: xml,
  },
  {
    name: 'ali-oss V4',
    version: 4,
    path: 'host',
    framing: 'length',
    type: xml,
    uploads: 'uploads=',
  },
  {
    name: 'oss-client',
    version: 1,
    path: 'key alone',
    framing: 'length',
    date: 'x-oss-date',
    md5: true,
  },
  {
    name: 'oss2 V1',
    version: 1,
    path: 'slashes encoded',
    framing: 'length',
    date: 'date',
    uploads: 'uploads=',
  },
  {
    name: 'oss2 V4, generator',
    version: 4,
    path: 'slashes encoded',
    framing: 'chunked',
    uploads: 'uploads=',
  },
  {
    name: 'python-v2',
    version: 4,
    path: 'segments',
    framing: 'length',
    uploads: 'uploads=',
    encodingType: true,
    more: { date: 'x' },
  },
  {
    name: 'ruby',
    version: 1,
    path: 'plus for space',
    framing: 'chunked',
    date: 'date',
    type: 'application/octet-stream',
  },
  {
    name: 'php',
    version: 1,
    path: 'segments',
    framing: 'length',
    date: 'date',
    md5: true,
    type: xml,
    more: { referer: 'http://a/' },
  },
  {
    name: 'php-v2',
    version: 4,
    path: 'segments',
    framing: 'length',
    type: xml,
    uploads: 'uploads=',
    encodingType: true,
    more: { date: 'x' },
  },
  { name: 'go-v1', version: 1, path: 'slashes encoded', framing: 'length', date: 'date' },
  {
    name: 'go-v2',
    version: 4,
    path: 'segments',
    framing: 'length',
    encodingType: true,
    more: { date: 'x' },
  },
  {
    name: 'c V1',
    version: 1,
    path: 'all in one',
    framing: 'chunked and length',
    date: 'date',
    type: 'application/x-www-form-urlencoded',
    more: { expect: '100-continue' },
  },
  {
    name: 'c V4',
    version: 4,
    path: 'all in one',
    framing: 'chunked and length',
    type: 'application/x-www-form-urlencoded',
  },
  { name: 'cpp V1', version: 1, path: 'segments', framing: 'chunked', date: 'date', type: xml },
  {
    name: 'cpp V4',
    version: 4,
    path: 'segments',
    framing: 'chunked',
    type: xml,
    more: { date: 'x' },
  },
  {
    name: 'csharp',
    version: 1,
    path: 'segments',
    framing: 'chunked, Expect',
    date: 'date',
    type: 'application/octet-stream',
    encodingType: true,
  },
  {
    name: 'csharp V4',
    version: 4,
    path: 'segments',
    framing: 'chunked, Expect',
    type: 'application/octet-stream',
    encodingType: true,
    more: { date: 'x' },
  },
  { name: 'java', version: 1, path: 'segments', framing: 'chunked', date: 'date' },
  { name: 'java V4', version: 4, path: 'segments', framing: 'chunked' },
  {
    name: 'java-v2',
    version: 4,
    path: 'segments',
    framing: 'length',
    type: xml,
    uploads: 'uploads=',
    encodingType: true,
    more: { date: 'x' },
  },
];

export const OBJECT = 'sdk/node dir/put 中.txt';
export const CONTENT = 'Hello OSS, in two pieces';

export interface Call {
  method: string;
  query?: Record<string, string>;
  /** As it stands in the request line. */
  search?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends a request as this SDK does. */
export async function call(
  simulator: OssSimulator,
  sdk: Sdk,
  request: Call,
  secret: string,
): Promise<RawResponse> {
  const { method, query = {}, search = '', headers = {}, body = '' } = request;
  const own = { ...credentials, accessKeySecret: secret };
  const now = new Date();
  const plain = {
    method,
    bucket,
    object: OBJECT,
    query,
    headers: {
      ...headers,
      ...(sdk.md5 ? { 'content-md5': createHash('md5').update(body).digest('base64') } : {}),
    } as Record<string, string>,
  };
  const sent: Record<string, string> = { ...plain.headers, ...sdk.more };
  if (sent.date) sent.date = now.toUTCString();
  if (sdk.version === 4) {
    Object.assign(sent, signRequestV4(plain, { credentials: own, region, signedAt: now }));
  } else {
    const name = sdk.date ?? 'date';
    sent[name] = now.toUTCString();
    const signed = {
      ...plain,
      headers: { ...plain.headers, ...(name === 'date' ? {} : { [name]: sent[name] }) },
    };
    const signature = signatureV1(stringToSignV1(signed, sent[name]), secret);
    sent.authorization = `OSS ${credentials.accessKeyId}:${signature}`;
  }
  const framed = frame(sdk.framing, body);
  const host =
    sdk.path === 'host' ? `${bucket}.oss-cn-hangzhou.aliyuncs.com` : new URL(simulator.url).host;
  return sendRaw(simulator.url, {
    method,
    target: `${pathOf(sdk.path)}${search}`,
    headers: { Host: host, Connection: 'close', ...sent, ...framed.headers },
    body: framed.body,
  });
}

function pathOf(path: Sdk['path']): string {
  const whole = encodeURIComponent(OBJECT);
  const segments = whole.replaceAll('%2F', '/');
  const written: Record<Sdk['path'], string> = {
    host: `/${segments}`,
    'key alone': `/${segments}`,
    segments: `/${bucket}/${segments}`,
    'slashes encoded': `/${bucket}/${whole}`,
    'plus for space': `/${bucket}/${whole.replaceAll('%20', '+')}`,
    'all in one': `/${bucket}%2F${whole}`,
  };
  return written[path];
}

function frame(framing: Framing, body: string): { headers: Record<string, string>; body: string } {
  const length = { 'Content-Length': String(Buffer.byteLength(body)) };
  if (framing === 'length') return { headers: length, body };
  const pieces = [body.slice(0, 10), body.slice(10)].filter((piece) => piece !== '');
  const chunks = pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`);
  return {
    headers: {
      'Transfer-Encoding': 'chunked',
      ...(framing === 'chunked and length' ? length : {}),
      ...(framing === 'chunked, Expect' ? { Expect: '100-continue' } : {}),
    },
    body: `${chunks.join('')}0\r\n\r\n`,
  };
}
