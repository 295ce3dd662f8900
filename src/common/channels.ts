import { type Channel, channel } from 'node:diagnostics_channel';

/**
 * Names of the `node:diagnostics_channel`s on which this package publishes what can be measured. Publishing costs
 * nothing without subscribers. The steps of each callback have a channel of their own, `OSS_CALLBACK_CHANNEL`.
 */
export const OSS_CALLBACK_CHANNELS = {
  /** Each statement that inserted rows: {@link OssInsertMessage}. */
  insert: 'nestjs-oss-callback.insert',
  /** Each time a bucket was asked for an object: {@link OssConfirmationMessage}. */
  confirmation: 'nestjs-oss-callback.confirmation',
  /** Each attempt of an upload's handlers: {@link OssHandlersMessage}. */
  handlers: 'nestjs-oss-callback.handlers',
  /** Each run of the reconciliation, dry ones left out: {@link OssReconciliationMessage}. */
  reconciliation: 'nestjs-oss-callback.reconciliation',
  /** Each public key that was fetched, or could not be: {@link OssKeyFetchMessage}. */
  keyFetch: 'nestjs-oss-callback.key-fetch',
  /** Refused callbacks that could not be recorded: {@link OssRejectionsDroppedMessage}. */
  rejectionsDropped: 'nestjs-oss-callback.rejections-dropped',
} as const;

export interface OssInsertMessage {
  /** Name of the entity: `OssUpload` or `OssUploadTicket`. */
  entity: string;
  /** How many rows the statement had; those that were there already included. */
  rows: number;
}

export interface OssConfirmationMessage {
  /**
   * `confirmed`: the object is the one that was described. `contradicted`: it is missing, or different. `broken`: it
   * violates its ticket. `unavailable`: the bucket could not be reached. `error`: the database could not.
   */
  state: 'confirmed' | 'contradicted' | 'broken' | 'unavailable' | 'error';
  durationMs: number;
  /** Absent for uploads without a ticket. */
  uploadId?: string;
}

export interface OssHandlersMessage {
  /**
   * `completed`: their writes are committed. `failed`: they will be tried again. `abandoned`: they will not. `lost`:
   * another process had the row by then, or the database failed; nothing of the attempt remains.
   */
  outcome: 'completed' | 'failed' | 'abandoned' | 'lost';
  /** Without the time for which the upload waited for a connection of its own. */
  durationMs: number;
  uploadId: string;
  /** 1 for the first. */
  attempt: number;
}

export interface OssReconciliationMessage {
  /** Whether the run came to its end. */
  ok: boolean;
  durationMs: number;
  /** What became of the uploads that it looked at: `ReconciliationOutcome` to their number. */
  outcomes: Readonly<Record<string, number>>;
}

export interface OssKeyFetchMessage {
  outcome: 'fetched' | 'failed';
  durationMs: number;
  url: string;
}

export interface OssRejectionsDroppedMessage {
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
