import { channel } from 'node:diagnostics_channel';

/**
 * What happens to a callback, in this order. Each callback ends with exactly one `answered` or `refused`; any step may
 * refuse it, and so may the deadline: a step in progress may then still be published afterwards. With the guard alone,
 * where the app answers, only `refused` is published.
 * @category Health, metrics and diagnostics
 */
export type CallbackStep = 'verified' | 'confirmed' | 'recorded' | 'answered' | 'refused';

/**
 * One step of a callback, as published on {@link OSS_CALLBACK_CHANNEL}.
 * @category Health, metrics and diagnostics
 */
export interface CallbackStepMessage {
  /** The step that was reached. */
  step: CallbackStep;
  /** Absent before the ticket is opened; without a ticket, before the upload is recorded. */
  uploadId?: string;
  /** Key of the object; absent if the callback was refused before it was verified. */
  object?: string;
  /** The code of a refusal. */
  code?: string;
  /** Status of the upload once `answered`: `completed`, `received` or `failed`. */
  status?: string;
  /** OSS's id of the upload request, if the signed body names it. */
  requestId?: string;
  /** Milliseconds from the callback's first byte to the decision on its response, when `answered` or `refused`. */
  elapsedMs?: number;
}

/**
 * Name of the `node:diagnostics_channel` on which each step of a callback is published as a
 * {@link CallbackStepMessage}.
 * @category Health, metrics and diagnostics
 */
export const OSS_CALLBACK_CHANNEL = 'nestjs-oss-callback.callback';

const steps = channel(OSS_CALLBACK_CHANNEL);

/** Costs nothing without subscribers. */
export function publishStep(message: () => CallbackStepMessage): void {
  if (steps.hasSubscribers) steps.publish(message());
}
