import type { CallbackRequest } from '../../src/testing/index.js';
import { type Answer, Load, OSS_WAITS_MS } from '../durability/load.js';

export interface CallbackFigures {
  sent: number;
  /** Answered with success within the time that OSS waits. */
  share: number;
  p50Ms: number;
  p99Ms: number;
}

/** Sends callbacks at an even rate, each on a connection of its own, and counts those that OSS would take for answered. */
export async function sendCallbacksBeside(
  url: string,
  everyMs: number,
  callbacks: readonly CallbackRequest[],
): Promise<CallbackFigures> {
  const load = new Load(Infinity, false);
  const answering: Promise<Answer>[] = [];
  for (const callback of callbacks) {
    answering.push(load.send(url, callback));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const answers = await Promise.all(answering);
  const inTime = answers.filter(
    ({ status, durationMs }) => status >= 200 && status < 300 && durationMs <= OSS_WAITS_MS,
  );
  const sorted = answers.map(({ durationMs }) => durationMs).toSorted((one, other) => one - other);
  const percentile = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1]!);
  return {
    sent: answers.length,
    share: inTime.length / answers.length,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}
