import type { Authorisation } from '../authorisation.js';
import { aborted, Cancellation, pause, throwIfAborted } from '../cancellation.js';
import { abortMultipart } from '../carriers/multipart.js';
import type { UploadOutcome } from '../oss-answer.js';
import { OssUploadError } from '../oss-upload-error.js';
import { reportProgress } from '../progress.js';
import { growingPauseMs } from '../retries.js';
import type { UploadSource } from '../source.js';
import type { Transport } from '../transports/transport.js';
import { send } from '../upload-to-oss.js';
import { confirmUpload } from './confirmation.js';
import type { ControllerApi, FileWish } from './controller-api.js';
import type { KeptUpload } from './kept-uploads.js';
import type { InSlot } from './slots.js';
import type { OssUpload, UploadOptions } from './upload-types.js';

/** What the uploads of one uploader share. */
export interface JobContext {
  api: ControllerApi;
  inSlot: InSlot;
  transport: Transport;
  parallel: number;
  retries: number;
  confirmWithinMs: number;
}

export interface Job {
  file: UploadSource;
  wish: FileWish;
  options: UploadOptions;
  kept: KeptUpload;
  /** The authorisation of a file in a list; undefined if an earlier visit has begun the upload. */
  given?: Promise<Authorisation | OssUploadError | undefined>;
}

/** How often an expired authorisation is renewed. */
const MAX_RENEWALS = 2;

/** Takes one file from the authorisation to its outcome. */
export function beginUpload<Answer>(
  { file, wish, options, kept, given }: Job,
  { api, inSlot, confirmWithinMs: withinMs, ...how }: JobContext,
): OssUpload<Answer> {
  /** Aborted when the caller cancels. */
  const leaving = new Cancellation();
  /** Also aborted when the caller pauses; one for each attempt. */
  let stopping = new Cancellation();
  let isPaused = false;
  let wake = () => {};
  let authorisation: Authorisation | undefined;
  /** Whether OSS may have parts of it. */
  let isResumed = false;
  let isFromEarlierVisit = false;
  let renewals = 0;
  let resends = 0;
  const progress = reportProgress(wish.file.size, options.onProgress);

  async function run(): Promise<UploadOutcome<Answer>> {
    if (wish.file.size === undefined) {
      throw new TypeError('The app needs the size of the file: set "size".');
    }
    const { signal } = options;
    const leave = () => cancel(signal!.reason);
    signal?.addEventListener('abort', leave);
    if (signal?.aborted) leave();
    try {
      for (;;) {
        const outcome = await attempt();
        if (!outcome) continue;
        await kept.forget();
        return outcome;
      }
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** @returns undefined if there has to be another attempt */
  async function attempt(): Promise<UploadOutcome<Answer> | undefined> {
    if (leaving.aborted) throw await ended(aborted(leaving));
    if (isPaused) {
      await new Promise<void>((resolve) => (wake = resolve));
      return undefined;
    }
    const signal = (stopping = new Cancellation());
    let outcome: UploadOutcome<Answer>;
    try {
      outcome = await inSlot(signal, async () => {
        authorisation ??= await authorise();
        throwIfAborted(signal);
        const { uploadId } = authorisation;
        const partsUrl = (handle: string, from: number) => api.parts(uploadId, handle, from);
        const sending = { ...how, signal, partsUrl, progress, isResumed };
        isResumed = true;
        return send<Answer>(authorisation, file, sending);
      });
    } catch (error) {
      return afterError(error);
    }
    if (outcome.state !== 'unconfirmed') return outcome;
    options.onUnconfirmed?.(outcome);
    const confirmed = await confirm(outcome.reason, true);
    return confirmed === 'absent' ? outcome : confirmed;
  }

  async function authorise(): Promise<Authorisation> {
    const found = await kept.find();
    if (found) {
      isResumed = isFromEarlierVisit = true;
      return found;
    }
    const first = given;
    given = undefined;
    const authorised = (await first) ?? (await api.authorise(wish));
    if (authorised instanceof OssUploadError) throw authorised;
    if ('complete' in authorised) await kept.keep(authorised);
    return authorised;
  }

  function confirm(reason: string, isStored: boolean): Promise<UploadOutcome<never> | 'absent'> {
    const unconfirmed = { uploadId: authorisation!.uploadId, reason, isStored };
    return confirmUpload(api, unconfirmed, { withinMs, signal: leaving });
  }

  /**
   * @returns the outcome, or undefined if there has to be another attempt
   * @throws the error that ends the upload
   */
  async function afterError(error: unknown): Promise<UploadOutcome<Answer> | undefined> {
    if (!(error instanceof OssUploadError)) throw await ended(error);
    const { code, details, mayBeStored } = error;
    if (leaving.aborted) throw await ended(aborted(leaving, details));
    // The object of an earlier attempt, which the app had not found.
    const isOwn = details.ossCode === 'FileAlreadyExists' && resends > 0;
    if (mayBeStored || isOwn) return afterUnknown(error);
    if (code === 'ABORTED') return undefined; // paused
    const isRenewable = code === 'EXPIRED' && renewals < MAX_RENEWALS;
    // The app may not accept what an earlier visit kept.
    if (!isRenewable && !(code === 'REFUSED_BY_APP' && isFromEarlierVisit))
      throw await ended(error);
    renewals += 1;
    return beginAnew();
  }

  /** The file may be stored: it is sent again only if the app reports that it is not. */
  async function afterUnknown(error: OssUploadError): Promise<UploadOutcome<Answer> | undefined> {
    const outcome = await confirm(error.message, false);
    if (outcome !== 'absent') return outcome;
    if (error.code === 'ABORTED') return undefined; // paused
    if (resends >= how.retries) throw await ended(error);
    await pause(growingPauseMs(resends), leaving);
    resends += 1;
    // OSS no longer has the parts either.
    return error.details.httpStatus === 404 ? beginAnew() : undefined;
  }

  async function beginAnew(): Promise<undefined> {
    authorisation = undefined;
    isResumed = isFromEarlierVisit = false;
    await kept.forget();
  }

  /** Removes the parts, unless a later visit can continue with them. */
  async function ended(error: unknown): Promise<unknown> {
    const { code, mayBeStored } = error as Partial<OssUploadError>;
    if (code === 'NETWORK' && kept.isKeepable) return error;
    if (authorisation && 'abort' in authorisation && !mayBeStored) {
      await abortMultipart(authorisation, how);
    }
    await kept.forget();
    return error;
  }

  function cancel(reason?: unknown): void {
    leaving.abort(reason);
    stopping.abort(reason);
    wake();
  }

  return Object.assign(run(), {
    pause() {
      isPaused = true;
      stopping.abort();
    },
    resume() {
      isPaused = false;
      wake();
    },
    cancel,
  });
}
