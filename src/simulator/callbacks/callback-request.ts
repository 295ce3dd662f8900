import { createHash } from 'node:crypto';
import type { CallbackParameter } from '../../protocol/callback/callback-parameter.js';
import { renderCallbackBody } from '../../protocol/callback/callback-rendering.js';
import { signCallback } from '../../protocol/callback/callback-signature.js';
import { type CallbackUrlParts, parseCallbackUrl } from '../../protocol/callback/callback-url.js';
import { splitTarget } from '../../protocol/callback/request-target.js';
import type { CallbackFault } from '../faults/faults.js';
import { ownerOf } from '../operations/owner.js';
import type { CallbackSigning, SimulatorCredentials } from '../options.js';
import type { SimulatorState } from '../state.js';
import { type CallbackKeyPair, FOREIGN_KEY_PATH } from './callback-keys.js';
import { callbackValues, type UploadFacts } from './callback-values.js';

/** A callback request that is ready to be sent. */
export interface CallbackRequest {
  target: CallbackUrlParts;
  headers: Record<string, string>;
  body: Buffer;
  /** Whether the TLS handshake names the host. */
  sni: boolean;
}

export interface CallbackContext {
  parameter: CallbackParameter;
  facts: UploadFacts;
  caller: SimulatorCredentials | undefined;
}

/**
 * Makes the callback request for one URL, with OSS's headers in OSS's order.
 * @returns `undefined` if the URL cannot be requested
 */
export function makeCallbackRequest(
  state: SimulatorState,
  { parameter, facts, caller }: CallbackContext,
  url: string,
  faults: readonly CallbackFault[],
): CallbackRequest | undefined {
  const target = parseCallbackUrl(url);
  if (!target) return undefined;
  const bodyType = parameter.bodyType ?? 'application/x-www-form-urlencoded';
  const values = callbackValues(facts, parameter.body);
  const signedBody = Buffer.from(
    renderCallbackBody(parameter.body, bodyType, values, state.rendering),
  );
  const foreign = faults.find((fault) => fault.effect === 'foreign-key-url');
  const key = foreign ? state.keys.foreign : state.keys.current;
  const signature = sign(state, key, target.path, signedBody);
  if (signature === undefined) return undefined;
  const body = faults.reduce(tamperBody, signedBody);
  const owner = ownerOf(state, facts.stored.bucket);
  const keyUrl = foreign
    ? (foreign.url ?? `${state.url}${FOREIGN_KEY_PATH}`)
    : `${state.url}${state.keys.path}`;
  const headers = {
    Host: parameter.host ?? hostOf(target),
    Connection: 'close',
    'Content-Length': String(body.byteLength),
    Authorization: faults.reduce(tamperSignature, signature),
    'Content-MD5': createHash('md5').update(body).digest('base64'),
    'Content-Type': bodyType,
    Date: state.clock().toUTCString(),
    'User-Agent': 'aliyun-oss-callback',
    'x-oss-additional-headers': '',
    'x-oss-bucket': facts.stored.bucket,
    'x-oss-owner': owner,
    'x-oss-pub-key-url': Buffer.from(keyUrl).toString('base64'),
    'x-oss-request-id': facts.requestId,
    'x-oss-requester': caller?.userId ?? owner,
    'x-oss-signature-version': '1.0',
    'x-oss-tag': 'CALLBACK',
    'EagleEye-RpcId': '0.1',
  };
  return { target, headers, body, sni: parameter.sni ?? false };
}

function sign(
  { signing }: SimulatorState,
  { privateKey }: CallbackKeyPair,
  path: string,
  body: Buffer,
): string | undefined {
  try {
    return signCallback({ url: signedPath(path, signing), body, privateKey });
  } catch {
    return undefined; // the path cannot be percent-decoded
  }
}

/** The path that the signature covers, according to the option `signing`. */
function signedPath(path: string, { bareQuestionMark, plusInPath }: CallbackSigning): string {
  const { path: plain, query } = splitTarget(path);
  const asWritten = plusInPath === 'space' ? plain.replaceAll('+', '%20') : plain;
  return query === '?' && bareQuestionMark === 'left-out' ? asWritten : asWritten + query;
}

function hostOf({ protocol, hostname, port }: CallbackUrlParts): string {
  return port === (protocol === 'https:' ? 443 : 80) ? hostname : `${hostname}:${port}`;
}

function tamperBody(body: Buffer, fault: CallbackFault): Buffer {
  if (fault.effect !== 'tamper-body') return body;
  return fault.body === undefined
    ? Buffer.concat([body, Buffer.from(' ')])
    : Buffer.from(fault.body);
}

function tamperSignature(signature: string, fault: CallbackFault): string {
  if (fault.effect !== 'tamper-signature') return signature;
  const bytes = Buffer.from(signature, 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('base64');
}
