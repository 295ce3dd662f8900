import { type Channel, channel } from 'node:diagnostics_channel';

/**
 * Names of the `node:diagnostics_channel`s on which this package publishes what can be measured. Publishing costs
 * nothing without subscribers. The steps of each callback have a channel of their own, {@link OSS_CALLBACK_CHANNEL}.
 * @category Health, metrics and diagnostics
 */
export const OSS_CALLBACK_CHANNELS = {
  /** Each statement that inserted rows: {@link OssInsertMessage}. */
  insert: 'nestjs-oss-callback.insert',
  /** Each lookup of an object in its bucket: {@link OssConfirmationMessage}. */
  confirmation: 'nestjs-oss-callback.confirmation',
  /** Each attempt of an upload's handlers: {@link OssHandlersMessage}. */
  handlers: 'nestjs-oss-callback.handlers',
  /** Each run of the reconciliation, except dry runs: {@link OssReconciliationMessage}. */
  reconciliation: 'nestjs-oss-callback.reconciliation',
  /** Each request for a public key, whether it succeeded or not: {@link OssKeyFetchMessage}. */
  keyFetch: 'nestjs-oss-callback.key-fetch',
  /** Refused callbacks that could not be recorded: {@link OssRejectionsDroppedMessage}. */
  rejectionsDropped: 'nestjs-oss-callback.rejections-dropped',
} as const;

/**
 * A statement that inserted rows.
 * @category Health, metrics and diagnostics
 */
export interface OssInsertMessage {
  /** Name of the entity: `OssUpload` or `OssUploadTicket`. */
  entity: string;
  /** How many rows the statement had, including those that existed already. */
  rows: number;
}

/**
 * A lookup of an uploaded object in its bucket.
 * @category Health, metrics and diagnostics
 */
export interface OssConfirmationMessage {
  /**
   * `confirmed`: the object is the one that was described. `contradicted`: it is missing, or different. `broken`: it
   * violates its ticket. `unavailable`: the bucket could not be reached. `error`: a database query failed.
   */
  state: 'confirmed' | 'contradicted' | 'broken' | 'unavailable' | 'error';
  /** Duration of the lookup, with the database queries that belong to it. */
  durationMs: number;
  /** Absent for uploads without a ticket. */
  uploadId?: string;
}

/**
 * An attempt to run the `@OnUploadCompleted` handlers of an upload.
 * @category Health, metrics and diagnostics
 */
export interface OssHandlersMessage {
  /**
   * `completed`: their writes are committed. `failed`: they will be tried again. `abandoned`: they will not be tried
   * again. `lost`: another process took over the row, or the database failed; nothing of the attempt remains.
   */
  outcome: 'completed' | 'failed' | 'abandoned' | 'lost';
  /** Duration of the attempt, without the time for which the upload waited for a connection. */
  durationMs: number;
  /** Id of the record. */
  uploadId: string;
  /** Number of the attempt, from 1. */
  attempt: number;
}

/**
 * A run of the reconciliation.
 * @category Health, metrics and diagnostics
 */
export interface OssReconciliationMessage {
  /** False if the run ended with an error. */
  ok: boolean;
  /** Duration of the run, including the handlers that it waited for. */
  durationMs: number;
  /**
   * How many uploads had each `ReconciliationOutcome`, such as `{ completed: 2, expired: 1 }`; empty if the run ended
   * with an error.
   */
  outcomes: Readonly<Record<string, number>>;
}

/**
 * A request for a public key.
 * @category Health, metrics and diagnostics
 */
export interface OssKeyFetchMessage {
  /** `failed` if there was no response, or one that is not an accepted key. */
  outcome: 'fetched' | 'failed';
  /** Duration of the request. */
  durationMs: number;
  /** Where the key was requested. */
  url: string;
}

/**
 * Refused callbacks that are missing from the table of rejections.
 * @category Health, metrics and diagnostics
 */
export interface OssRejectionsDroppedMessage {
  /** How many refusals were dropped this time. */
  count: number;
}

/** A channel and what its messages are. */
export interface MessageChannel<Message> {
  readonly channel: Channel;
  /** Never there: carries the type alone. */
  readonly message?: Message;
}

export const insertChannel = open<OssInsertMessage>(OSS_CALLBACK_CHANNELS.insert);
export const confirmationChannel = open<OssConfirmationMessage>(OSS_CALLBACK_CHANNELS.confirmation);
export const handlersChannel = open<OssHandlersMessage>(OSS_CALLBACK_CHANNELS.handlers);
export const reconciliationChannel = open<OssReconciliationMessage>(
  OSS_CALLBACK_CHANNELS.reconciliation,
);
export const keyFetchChannel = open<OssKeyFetchMessage>(OSS_CALLBACK_CHANNELS.keyFetch);
export const rejectionsDroppedChannel = open<OssRejectionsDroppedMessage>(
  OSS_CALLBACK_CHANNELS.rejectionsDropped,
);

/** @param message called only if there are subscribers */
export function publish<Message>(
  { channel }: MessageChannel<Message>,
  message: () => Message,
): void {
  if (channel.hasSubscribers) channel.publish(message());
}

/**
 * Runs `work`, and publishes how long it took.
 * @param message called only if there are subscribers; without a result if `work` threw
 */
export async function publishDuration<Message, Result>(
  to: MessageChannel<Message>,
  work: () => Promise<Result>,
  message: (durationMs: number, result: Result | undefined) => Message,
): Promise<Result> {
  if (!to.channel.hasSubscribers) return work();
  const startedAtMs = performance.now();
  let result: Result | undefined;
  try {
    result = await work();
    return result;
  } finally {
    publish(to, () => message(performance.now() - startedAtMs, result));
  }
}

function open<Message>(name: string): MessageChannel<Message> {
  return { channel: channel(name) };
}
