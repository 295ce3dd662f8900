import { setTimeout as pause } from 'node:timers/promises';

/** Ends early, without an error, if the local OSS stops. */
export async function delay(delayMs: number, stopping: AbortSignal): Promise<void> {
  await pause(delayMs, undefined, { signal: stopping }).catch(() => undefined);
}
