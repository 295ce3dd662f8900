import type { IncomingMessage } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import { logText, unquoted } from '../../common/log-text.js';
import { isCanonicalBase64 } from '../../protocol/callback/callback-signature.js';

const MAX_HEADER_LENGTH = 2_048;
const MAX_URL_LENGTH = 8_192;
const AUTHORIZATION = 'authorization';
const PUBLIC_KEY_URL = 'x-oss-pub-key-url';

/**
 * The two headers in which OSS sends its signature.
 * @category Callback routes
 */
export interface SignatureHeaders {
  /** Value of `Authorization`: the signature in base64, at most 2,048 characters. */
  authorization: string;
  /** Value of `x-oss-pub-key-url`: the URL of the public key in base64, at most 2,048 characters. */
  publicKeyUrl: string;
}

/**
 * Checks that need no cryptography: OSS sends exactly one signature and one key URL, of limited size, and never
 * compresses. They hold wherever the headers are found.
 * @throws OssCallbackError `SIGNATURE_MISSING`, `SIGNATURE_INVALID` or `MALFORMED_REQUEST`
 */
export function readSignatureHeaders(
  request: IncomingMessage,
  find: (request: IncomingMessage) => SignatureHeaders = findSignatureHeaders,
): SignatureHeaders {
  if ((request.url?.length ?? 0) > MAX_URL_LENGTH) throw malformed('The URL is too long.');
  if (!request.url?.startsWith('/')) throw malformed('The request target is not a path.');
  if (request.headers['content-encoding'] !== undefined) {
    throw malformed('A callback must not have a Content-Encoding.');
  }
  const { authorization, publicKeyUrl } = find(request);
  checkLength(AUTHORIZATION, authorization);
  checkLength(PUBLIC_KEY_URL, publicKeyUrl);
  if (!isCanonicalBase64(authorization)) {
    throw new OssCallbackError('SIGNATURE_INVALID', 'The signature is not valid.', {
      hint: logText`the Authorization header is not canonical base64`,
    });
  }
  return { authorization, publicKeyUrl };
}

/**
 * Signature and key URL where OSS puts them.
 * @throws OssCallbackError `SIGNATURE_MISSING`; `MALFORMED_REQUEST` if one of them appears twice
 */
export function findSignatureHeaders(request: IncomingMessage): SignatureHeaders {
  const authorization = onlyHeader(request, AUTHORIZATION);
  const publicKeyUrl = onlyHeader(request, PUBLIC_KEY_URL);
  if (authorization !== undefined && publicKeyUrl !== undefined) {
    return { authorization, publicKeyUrl };
  }
  const missing = authorization === undefined ? 'Authorization' : 'x-oss-pub-key-url';
  throw new OssCallbackError('SIGNATURE_MISSING', 'The request is not signed by OSS.', {
    hint: logText`the header ${unquoted(missing)} is missing; some proxies and CGI set-ups remove it`,
  });
}

/**
 * Searches the raw headers, since Node joins or drops repeated ones. Adapters of serverless platforms have none of these,
 * and an app may put back a header that a gateway has moved.
 */
function onlyHeader(request: IncomingMessage, name: string): string | undefined {
  const rawHeaders: readonly string[] = request.rawHeaders ?? [];
  let found: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index]!;
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    if (found !== undefined) throw malformed(`The header ${name} appears twice.`);
    found = rawHeaders[index + 1]!;
  }
  const set = request.headers[name];
  if (Array.isArray(set)) throw malformed(`The header ${name} appears twice.`);
  return found ?? set;
}

function checkLength(name: string, value: string): void {
  if (value.length > MAX_HEADER_LENGTH) throw malformed(`The header ${name} is too long.`);
}

function malformed(message: string): OssCallbackError {
  return new OssCallbackError('MALFORMED_REQUEST', message);
}
