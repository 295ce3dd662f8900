import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { toPublicPath } from '../../routes/public-path.js';
import { readSignatureHeaders } from '../../callback/verification/request-checks.js';
import {
  diagnoseSignature,
  type DiagnosisLimits,
  type SignatureDiagnosis,
} from '../../callback/diagnosis/signature-diagnosis.js';
import { withoutOrigin } from '../../callback/diagnosis/signature-failure.js';
import { type PublicKey, readPublicKey } from '../../callback/keys/public-key.js';
import { OssCallbackError } from '../../common/errors.js';
import { logText, quoted } from '../../common/log-text.js';
import { parseCallbackBody } from '../../protocol/callback/callback-body.js';
import {
  callbackStringsToSign,
  decodeCanonicalBase64,
  verifyCallbackSignature,
} from '../../protocol/callback/callback-signature.js';
import {
  OSS_CALLBACK_PUBLIC_KEYS,
  readPublicKeyUrl,
} from '../../protocol/callback/public-key-url.js';
import {
  type CallbackBodyRead,
  readCallbackVariables,
} from '../../variables/read-callback-body.js';
import { type CapturedRequest, headersOf } from './read-captures.js';

/** More than an app allows, since no callbacks wait for this process. */
const LIMITS: DiagnosisLimits = { maxBodyBytes: 1_048_576, maxMs: 5_000 };

export interface VerifySettings {
  /** Instead of the keys that this package includes. */
  publicKey: PublicKey | undefined;
  publicPath: (path: string) => string;
}

export interface VerifiedCapture {
  verified: boolean;
  /** Path with query that was checked. */
  checked: string;
  /** The key that was used; absent if the check failed before that. */
  key?: { name: string; fingerprint: string };
  /** Why the signature could not be checked. */
  problem?: string;
  /** Of an invalid signature. */
  diagnosis?: SignatureDiagnosis;
  /** The variables of the body, if the signature is valid. */
  content?: CallbackBodyRead;
}

/** Checks one captured request as the guard does, except for the ticket, whose secret only the app has. */
export function verifyCapture(
  capture: CapturedRequest,
  { publicKey, publicPath }: VerifySettings,
): VerifiedCapture {
  const { url, body } = capture;
  const isAbsolute = /^https?:\/\//i.test(url);
  const headers = headersOf(capture);
  let checked = url;
  try {
    const { authorization, publicKeyUrl } = readSignatureHeaders({
      url: isAbsolute ? withoutOrigin(url) : url,
      headers,
      rawHeaders: capture.rawHeaders,
    } as unknown as IncomingMessage);
    const named = publicKey
      ? { name: 'the one of --public-key', ...publicKey }
      : findShippedKey(publicKeyUrl);
    if (!isAbsolute) checked = toPublicPath({ publicPath }, url);
    const key = { name: named.name, fingerprint: named.fingerprint };
    const request = { authorization, publicKey: named.key, body };
    if (verifyCallbackSignature({ ...request, url: checked })) {
      return { verified: true, checked, key, content: readContent(body) };
    }
    if (!isAbsolute && callbackStringsToSign({ url: checked, body }).length === 0) {
      throw new OssCallbackError('MALFORMED_REQUEST', 'OSS cannot have signed this path.');
    }
    const failure = {
      ...request,
      received: url,
      checked,
      headers,
      otherKeys: publicKey ? shippedKeys() : new Map<string, KeyObject>(),
      callbackUrls: [],
    };
    const diagnosis = diagnoseSignature(failure, LIMITS);
    return { verified: false, checked, key, diagnosis };
  } catch (error) {
    if (!(error instanceof OssCallbackError)) throw error;
    const problem = error.hint ? `${error.message} ${error.hint}` : error.message;
    return { verified: false, checked, problem };
  }
}

function findShippedKey(header: string): PublicKey & { name: string } {
  const url = readPublicKeyUrl(header);
  const pem = url && OSS_CALLBACK_PUBLIC_KEYS[url];
  if (pem) return { name: url, ...readPublicKey(pem) };
  const named = quoted(decodeCanonicalBase64(header)?.toString('latin1') ?? header);
  throw new OssCallbackError('KEY_NOT_TRUSTED', 'The public key is not part of this package.', {
    hint: url
      ? logText`The request names ${named}: fetch it, and pass it with --public-key`
      : logText`The request names ${named}, which is not a key URL of OSS. If it is your local OSS, fetch its key and pass it with --public-key`,
  });
}

function shippedKeys(): Map<string, KeyObject> {
  return new Map(
    Object.entries(OSS_CALLBACK_PUBLIC_KEYS).map(([name, pem]) => [name, readPublicKey(pem).key]),
  );
}

function readContent(body: Buffer): CallbackBodyRead {
  const parsed = parseCallbackBody(body);
  return parsed.ok ? readCallbackVariables(parsed.values) : parsed;
}
