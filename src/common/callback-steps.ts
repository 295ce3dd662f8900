import { channel } from 'node:diagnostics_channel';

/**
 * What happens to a callback, in this order. Each callback ends with exactly one `answered` or `refused`; any step may
 * refuse it, and so may the deadline: a step in progress may then still be published afterwards. With the guard alone,
 * where the app answers, only `refused` is published.
 */
export type CallbackStep = 'verified' | 'confirmed' | 'recorded' | 'answered' | 'refused';

/** A message of the diagnostics channel `nestjs-oss-callback.callback`. */
export interface CallbackStepMessage {
  step: CallbackStep;
  /** Absent before a ticket is opened. */
  uploadId?: string;
  object?: string;
  /** The code of a refusal. */
  code?: string;
  /** Of the upload, when `answered`: `completed`; else `received` or `failed`. */
  status?: string;
  /** OSS's id of the upload request, if the signed body names it. */
  requestId?: string;
  /** From the callback's first byte to the decision on its answer, when `answered` or `refused`. */
  elapsedMs?: number;
}

/** Name of the `node:diagnostics_channel` on which each step of a callback is published. */
export const OSS_CALLBACK_CHANNEL = 'nestjs-oss-callback.callback';

const steps = channel(OSS_CALLBACK_CHANNEL);

/** Costs nothing without subscribers. */
export function publishStep(message: () => CallbackStepMessage): void {
  if (steps.hasSubscribers) steps.publish(message());
}
