import { askApp } from './ask-app.js';
import type { Authorisation, CarrierName, PartsPage } from './authorisation.js';
import { never } from './cancellation.js';
import { abortMultipart, sendMultipart } from './carriers/multipart.js';
import { sendForm, sendPut } from './carriers/whole-file.js';
import { type CancelSignal, environment } from './environment.js';
import type { UploadOutcome } from './oss-answer.js';
import { OssUploadError } from './oss-upload-error.js';
import { type ProgressReport, reportProgress, type UploadProgress } from './progress.js';
import { canBe, type UploadSource } from './source.js';
import { fetchTransport } from './transports/fetch.js';
import type { Transport } from './transports/transport.js';
import { xhrTransport } from './transports/xhr.js';

/**
 * Options of {@link uploadToOss}.
 * @category Uploads
 */
export interface UploadToOssOptions {
  /** Cancels the upload: an `AbortSignal`. */
  signal?: CancelSignal;
  /** Called as bytes are sent; the count never decreases, and ends at the size of the file. */
  onProgress?: (progress: UploadProgress) => void;
  /** How many parts are sent concurrently. Default: 3. */
  parallel?: number;
  /**
   * How often a request is retried, after growing pauses. A request that may have stored the file is never retried.
   * Default: 5.
   */
  retries?: number;
  /**
   * URL of the app for further parts of an upload with more than 1,000: it receives `{ handle, from }` as JSON, and
   * responds with what `authorizeParts` returned. Or a function that does so. Default: none; such uploads then fail.
   */
  partsUrl?: string | ((handle: string, from: number) => Promise<PartsPage>);
  /**
   * How requests to OSS are sent. Default: {@link xhrTransport} if there is XMLHttpRequest, else
   * {@link fetchTransport}.
   */
  transport?: Transport;
}

export const DEFAULT_PARALLEL = 3;
export const DEFAULT_RETRIES = 5;

export function defaultTransport(): Transport {
  return environment.XMLHttpRequest ? xhrTransport : fetchTransport;
}

export function carrierOf(authorisation: Authorisation): CarrierName {
  if ('fields' in authorisation) return 'form';
  return 'complete' in authorisation ? 'multipart' : 'put';
}

/**
 * Uploads a file with what `authorizePostObject`, `authorizePutObject` or `authorizeMultipart` returned, as JSON. If a
 * multipart upload fails, its parts are removed, unless the file may be stored.
 * @throws OssUploadError if OSS did not store the file, or that is unknown
 * @throws TypeError if the file cannot be sent in the way that is authorised
 * @category Uploads
 */
export async function uploadToOss<Answer = unknown>(
  authorisation: Authorisation,
  file: UploadSource,
  options: UploadToOssOptions = {},
): Promise<UploadOutcome<Answer>> {
  const progress = reportProgress(file.size, options.onProgress);
  try {
    return await send<Answer>(authorisation, file, { ...options, progress, isResumed: false });
  } catch (error) {
    const mayBeStored = error instanceof OssUploadError && error.mayBeStored;
    if ('abort' in authorisation && !mayBeStored) {
      const { transport = defaultTransport() } = options;
      await abortMultipart(authorisation, { transport });
    }
    throw error;
  }
}

/** As `uploadToOss`, but an error does not remove the parts that OSS has. */
export async function send<Answer>(
  authorisation: Authorisation,
  file: UploadSource,
  {
    transport = defaultTransport(),
    signal = never,
    parallel = DEFAULT_PARALLEL,
    retries = DEFAULT_RETRIES,
    partsUrl,
    progress,
    isResumed,
  }: UploadToOssOptions & { progress: ProgressReport; isResumed: boolean },
): Promise<UploadOutcome<Answer>> {
  const carrier = carrierOf(authorisation);
  if (!transport.carriers.includes(carrier) || !canBe(file, carrier)) {
    throw new TypeError(`This file cannot be sent as ${carrier} here.`);
  }
  const sending = { file, transport, signal, retries, progress };
  const outcome = await sendAs();
  progress.ended();
  return outcome;

  function sendAs(): Promise<UploadOutcome<Answer>> {
    if ('fields' in authorisation) return sendForm(authorisation, sending);
    if (!('complete' in authorisation)) return sendPut(authorisation, sending);
    const getParts = (from: number) => partsFrom(partsUrl, authorisation.handle, from);
    return sendMultipart(authorisation, { ...sending, parallel, isResumed, getParts });
  }
}

async function partsFrom(
  partsUrl: UploadToOssOptions['partsUrl'],
  handle: string,
  from: number,
): Promise<PartsPage> {
  if (typeof partsUrl === 'function') return partsUrl(handle, from);
  if (partsUrl === undefined) {
    throw new TypeError('The upload has more than 1,000 parts: set partsUrl.');
  }
  return askApp(undefined, partsUrl, { method: 'POST', body: { handle, from } });
}
