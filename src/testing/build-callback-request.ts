import { createHash, type KeyLike } from 'node:crypto';
import { signCallback } from '../protocol/callback/callback-signature.js';
import { publicKeyPath } from '../protocol/callback/public-key-url.js';

/**
 * The callback that {@link buildCallbackRequest} builds.
 * @category Callbacks
 */
export interface CallbackRequestInput {
  /** Path with query that OSS requests, such as `/oss/callback`. */
  url: string;
  /** The body as OSS would write it, or names and values for a form body. */
  body: string | Uint8Array | Readonly<Record<string, string | number>>;
  /** The key that signs, for example in PEM form; a KeyObject saves parsing the PEM each time. */
  privateKey: KeyLike;
  /** Address of the local OSS that the app's option `localOss` names. */
  localOssUrl: string;
  /** Content-Type of the body. Default: `application/x-www-form-urlencoded`. */
  contentType?: string;
}

/**
 * A signed callback, for `fetch` or supertest.
 * @category Callbacks
 */
export interface CallbackRequest {
  /** Always `POST`. */
  method: 'POST';
  /** Path with query, to be appended to the app's address. */
  url: string;
  /** The headers that OSS sends, with the signature. */
  headers: Record<string, string>;
  /** The body, byte for byte as it was signed. */
  body: Buffer;
}

/**
 * Builds a signed callback as OSS sends it, for an app's own tests: `fetch(base + url, request)` or supertest.
 * @category Callbacks
 */
export function buildCallbackRequest(input: CallbackRequestInput): CallbackRequest {
  const { url, privateKey, localOssUrl } = input;
  const body = toBytes(input.body);
  const keyUrl = `${localOssUrl.replace(/(?<!\/)\/+$/, '')}${publicKeyPath(1)}`;
  return {
    method: 'POST',
    url,
    headers: {
      authorization: signCallback({ url, body, privateKey }),
      'content-length': String(body.byteLength),
      'content-md5': createHash('md5').update(body).digest('base64'),
      'content-type': input.contentType ?? 'application/x-www-form-urlencoded',
      'user-agent': 'aliyun-oss-callback',
      'x-oss-additional-headers': '',
      'x-oss-pub-key-url': Buffer.from(keyUrl).toString('base64'),
      'x-oss-signature-version': '1.0',
      'x-oss-tag': 'CALLBACK',
    },
    body,
  };
}

function toBytes(body: CallbackRequestInput['body']): Buffer {
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pairs = Object.entries(body).map(
    ([name, value]) =>
      // names stand as a template writes them, but for what would not be read as a name
      `${name.replace(/[^\w.:-]/gu, encodeURIComponent)}=${encodeURIComponent(String(value))}`,
  );
  return Buffer.from(pairs.join('&'), 'utf8');
}
