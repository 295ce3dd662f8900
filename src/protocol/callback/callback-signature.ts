import { type KeyLike, createPublicKey, KeyObject, sign, verify } from 'node:crypto';
import { splitTarget } from './request-target.js';

/**
 * The parts of a callback that its signature covers.
 * @category Protocol
 */
export interface CallbackSignatureInput {
  /** Path with query, exactly as in the request line that OSS sent. */
  url: string;
  /** The body, byte for byte. */
  body: Uint8Array;
}

/**
 * A callback whose signature {@link verifyCallbackSignature} checks.
 * @category Protocol
 */
export interface CallbackVerification extends CallbackSignatureInput {
  /** Value of the `Authorization` header as received. */
  authorization: string;
  /** PEM text or KeyObject; a KeyObject saves parsing the PEM each time. */
  publicKey: string | KeyObject;
}

/**
 * Whether OSS signed these bytes for this URL: RSASSA-PKCS1-v1_5 with MD5 over the decoded path, the raw query, a line
 * feed and the body. It says nothing about which OSS customer caused the callback.
 * @returns false for everything that is not a genuine signature; does not throw
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 * @category Protocol
 */
export function verifyCallbackSignature(input: CallbackVerification): boolean {
  const publicKey = toRsaKey(input.publicKey);
  if (!publicKey) return false;
  const signature = decodeCanonicalBase64(input.authorization);
  if (signature?.byteLength !== (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8) {
    return false;
  }
  return callbackStringsToSign(input).some((text) => {
    try {
      return verify('RSA-MD5', text, publicKey, signature);
    } catch {
      return false; // for example OpenSSL in FIPS mode, without MD5
    }
  });
}

/**
 * Signs a callback as OSS does, for tests.
 * @param request the callback, and the private key that signs it, for example in PEM form
 * @returns the value of the `Authorization` header
 * @throws TypeError if the path cannot be decoded
 * @category Callbacks
 */
export function signCallback(request: CallbackSignatureInput & { privateKey: KeyLike }): string {
  const [text] = callbackStringsToSign(request);
  if (!text) throw new TypeError(`The path of ${JSON.stringify(request.url)} cannot be decoded`);
  return sign('RSA-MD5', text, request.privateKey).toString('base64');
}

/**
 * The texts that OSS may have signed for a request: the path percent-decoded, the query as it is. Two if the path
 * contains a plus sign, because the vendor's own samples disagree about it. None if the path does not decode, or decodes
 * to a character with which bytes could move between path, query and body.
 */
export function callbackStringsToSign({ url, body }: CallbackSignatureInput): Buffer[] {
  const { path: rawPath, query } = splitTarget(url);
  if (!rawPath.startsWith('/') || /[\s#]/.test(url)) return [];
  const paths = [decodePath(rawPath)];
  if (rawPath.includes('+')) paths.push(decodePath(rawPath.replaceAll('+', ' ')));
  return paths
    .filter((path) => path !== undefined)
    .map((path) => textWithBody(`${path}${query}\n`, body));
}

function textWithBody(start: string, body: Uint8Array): Buffer {
  const startBytes = Buffer.byteLength(start);
  const text = Buffer.allocUnsafe(startBytes + body.byteLength);
  text.write(start, 0, 'utf8');
  text.set(body, startBytes);
  return text;
}

const CANONICAL_BASE64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Whether a text is canonical base64: no white space, correct padding, no unused bits. An empty one is not. */
export function isCanonicalBase64(text: string): boolean {
  return text !== '' && CANONICAL_BASE64.test(text);
}

/** The bytes of {@link isCanonicalBase64 canonical base64}. */
export function decodeCanonicalBase64(text: string): Buffer | undefined {
  return isCanonicalBase64(text) ? Buffer.from(text, 'base64') : undefined;
}

function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path;
  try {
    const decoded = decodeURIComponent(path);
    return /[\u0000-\u001f\u007f?#]/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function toRsaKey(key: string | KeyObject): KeyObject | undefined {
  try {
    const publicKey = key instanceof KeyObject ? key : createPublicKey(key);
    return publicKey.asymmetricKeyType === 'rsa' && publicKey.type === 'public'
      ? publicKey
      : undefined;
  } catch {
    return undefined;
  }
}
