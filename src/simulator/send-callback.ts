import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { checkCallbackAnswer, MAX_CALLBACK_ANSWER_BYTES } from '../protocol/callback-answer.js';
import type { CallbackRequest } from './callback-request.js';

export interface CallbackFailure {
  message: string;
  ec?: string;
}

export interface CallbackOutcome {
  answer?: { status: number; headers: Record<string, string>; body: Buffer };
  /** Unset where OSS takes the answer. */
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
 * Sends a callback and judges the answer as OSS does. Redirects are answers like any other.
 * @see https://www.alibabacloud.com/help/en/oss/support/http-status-code-203
 */
export async function sendCallback(
  callback: CallbackRequest,
  timeoutMs: number,
  stopping: AbortSignal,
): Promise<CallbackOutcome> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await exchange(callback, AbortSignal.any([timeout, stopping]));
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
  signal: AbortSignal,
): Promise<NonNullable<CallbackOutcome['answer']>> {
  return new Promise((resolve, reject) => {
    const hostname = target.hostname.replace(/^\[|\]$/g, '');
    const options = {
      method: 'POST',
      hostname,
      port: target.port,
      path: target.path, // as it stands in the URL: this is what the signature covers
      headers: Object.entries(headers).flat(),
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
              // One's own machine has self-signed certificates at best.
              rejectUnauthorized: !isLoopback(hostname),
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
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_CALLBACK_ANSWER_BYTES) break; // refused for its size, whatever follows
  }
  const headers = Object.entries(message.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  );
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
