import type { LookupAddress } from 'node:dns';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import {
  checkCallbackAnswer,
  MAX_CALLBACK_ANSWER_BYTES,
} from '../../protocol/callback/callback-answer.js';
import { isLoopback } from '../server/loopback.js';
import type { SimulatorState } from '../state.js';
import { logText, unquoted } from '../../common/log-text.js';
import { readLimited } from '../../common/limited-bytes.js';
import { allowedAddresses, writeCallbackHost } from './callback-hosts.js';
import type { CallbackRequest } from './callback-request.js';

export interface CallbackFailure {
  message: string;
  ec?: string;
}

export interface CallbackOutcome {
  answer?: { status: number; headers: Record<string, string>; body: Buffer };
  /** Unset if OSS accepts the response. */
  failure?: CallbackFailure;
}

export const CANNOT_CONNECT: CallbackFailure = {
  message: 'Error status : -1.OSS can not connect to your callbackUrl, please check it.',
};
export const TIMED_OUT: CallbackFailure = {
  message: 'Cost too long time.',
  ec: '0007-00000202',
};

/**
 * Sends a callback and checks the response as OSS does. Redirects are not followed.
 * @see https://www.alibabacloud.com/help/en/oss/support/http-status-code-203
 */
export async function sendCallback(
  callback: CallbackRequest,
  { callbackTimeoutMs, callbackHosts, stopping, log }: SimulatorState,
): Promise<CallbackOutcome> {
  const addresses = await allowedAddresses(callback.target, callbackHosts);
  if (!addresses) {
    const named = callbackHosts.map(writeCallbackHost).join(', ') || 'no host';
    log(
      logText`callbacks are sent to ${unquoted(named)} only; add ${unquoted(writeCallbackHost(callback.target))} to callbackHosts (--callback-host) to allow this one`,
    );
    return { failure: CANNOT_CONNECT };
  }
  const timeout = AbortSignal.timeout(callbackTimeoutMs);
  try {
    const answer = await exchange(callback, addresses, AbortSignal.any([timeout, stopping]));
    const failure = checkCallbackAnswer({
      status: answer.status,
      contentLength: answer.headers['content-length'],
      body: answer.body,
    });
    return failure ? { answer, failure } : { answer };
  } catch (error) {
    if (timeout.aborted) return { failure: TIMED_OUT };
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOTFOUND' || code === 'EAI_AGAIN' || stopping.aborted
      ? { failure: CANNOT_CONNECT }
      : { failure: { message: 'Error status : 502.', ec: '0007-00000203' } };
  }
}

function exchange(
  { target, headers, body, sni }: CallbackRequest,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<NonNullable<CallbackOutcome['answer']>> {
  return new Promise((resolve, reject) => {
    const hostname = target.hostname.replace(/^\[|\]$/g, '');
    const options = {
      method: 'POST',
      hostname,
      // The addresses that were checked, even if the name resolves to others by now.
      lookup: lookupOf(addresses),
      port: target.port,
      path: target.path, // as written in the URL, which is what the signature covers
      // An object: a list would become headers named 0, 1, … if `http.request` is instrumented.
      headers,
      agent: false,
      signal,
    };
    const onAnswer = (message: IncomingMessage) => {
      readAnswer(message).then(resolve, reject);
    };
    const sent =
      target.protocol === 'https:'
        ? httpsRequest(
            {
              ...options,
              servername: sni ? hostname : '',
              // Certificates of this machine are usually self-signed.
              rejectUnauthorized: !addresses.every(({ address }) => isLoopback(address)),
            },
            onAnswer,
          )
        : httpRequest(options, onAnswer);
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readAnswer(
  message: IncomingMessage,
): Promise<NonNullable<CallbackOutcome['answer']>> {
  // One byte above the limit shows that a response is too large.
  const { bytes } = await readLimited(message, MAX_CALLBACK_ANSWER_BYTES + 1);
  const headers = Object.entries(message.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  );
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: bytes,
  };
}

function lookupOf(addresses: readonly LookupAddress[]): LookupFunction {
  return (hostname, options, done) => {
    const [first] = addresses;
    if (!first) {
      const error = Object.assign(new Error(`${hostname} is not known`), { code: 'ENOTFOUND' });
      done(error, '', 0);
    } else if (options.all) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
}
