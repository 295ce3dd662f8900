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
  sdk('ali-oss V1', 1, 'host', 'length', {
    date: 'x-oss-date',
    md5: true,
    type: xml,
    uploads: 'uploads=',
  }),
  sdk('ali-oss V1, stream', 1, 'host', 'chunked', { date: 'x-oss-date', type: xml }),
  sdk('ali-oss V4', 4, 'host', 'length', { type: xml, uploads: 'uploads=' }),
  sdk('oss-client', 1, 'key alone', 'length', { date: 'x-oss-date', md5: true }),
  sdk('oss2 V1', 1, 'slashes encoded', 'length', { date: 'date', uploads: 'uploads=' }),
  sdk('oss2 V4, generator', 4, 'slashes encoded', 'chunked', { uploads: 'uploads=' }),
  sdk('python-v2', 4, 'segments', 'length', {
    uploads: 'uploads=',
    encodingType: true,
    more: { date: 'x' },
  }),
  sdk('ruby', 1, 'plus for space', 'chunked', { date: 'date', type: 'application/octet-stream' }),
  sdk('php', 1, 'segments', 'length', {
    date: 'date',
    md5: true,
    type: xml,
    more: { referer: 'http://a/' },
  }),
  sdk('php-v2', 4, 'segments', 'length', {
    type: xml,
    uploads: 'uploads=',
    encodingType: true,
    more: { date: 'x' },
  }),
  sdk('go-v1', 1, 'slashes encoded', 'length', { date: 'date' }),
  sdk('go-v2', 4, 'segments', 'length', { encodingType: true, more: { date: 'x' } }),
  sdk('c V1', 1, 'all in one', 'chunked and length', {
    date: 'date',
    type: 'application/x-www-form-urlencoded',
    more: { expect: '100-continue' },
  }),
  sdk('c V4', 4, 'all in one', 'chunked and length', { type: 'application/x-www-form-urlencoded' }),
  sdk('cpp V1', 1, 'segments', 'chunked', { date: 'date', type: xml }),
  sdk('cpp V4', 4, 'segments', 'chunked', { type: xml, more: { date: 'x' } }),
  sdk('csharp', 1, 'segments', 'chunked, Expect', {
    date: 'date',
    type: 'application/octet-stream',
    encodingType: true,
  }),
  sdk('csharp V4', 4, 'segments', 'chunked, Expect', {
    type: 'application/octet-stream',
    encodingType: true,
    more: { date: 'x' },
  }),
  sdk('java', 1, 'segments', 'chunked', { date: 'date' }),
  sdk('java V4', 4, 'segments', 'chunked'),
  sdk('java-v2', 4, 'segments', 'length', {
    type: xml,
    uploads: 'uploads=',
    encodingType: true,
    more: { date: 'x' },
  }),
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

function sdk(
  name: string,
  version: Sdk['version'],
  path: Sdk['path'],
  framing: Framing,
  more: Partial<Sdk> = {},
): Sdk {
  return { name, version, path, framing, ...more };
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
