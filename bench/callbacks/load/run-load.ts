import { setTimeout as pause } from 'node:timers/promises';
import { type ProcessIds, type Usage, UsageMeter } from '../measure/usage-meter.js';
import { percentile } from '../measure/statistics.js';
import { keepConnecting, keepSending } from './connections.js';
import { LoadRun } from './load-run.js';
import { requestStart, type SignedRequest } from './signed-requests.js';

export interface LoadOrder {
  port: number;
  connections: number;
  keepAlive: boolean;
  answer: 'upload' | 'fixed';
  /** How many of the uploads it may report; a run ends when all of them are. */
  uploads: number;
  warmUpMs: number;
  durationMs: number;
  processes: ProcessIds;
}

export interface Measurement {
  /** Answers per second of the measured time. */
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** All answers, those before and after the measured time included: as many uploads must be on record. */
  answered: number;
  usage: Usage;
}

/**
 * Sends signed requests as fast as they are answered, on so many connections.
 * @throws Error where one answer is not 200, or not the expected one
 */
export async function runLoad(
  requests: readonly SignedRequest[],
  order: LoadOrder,
): Promise<Measurement> {
  const { port, connections, keepAlive, answer, warmUpMs, durationMs, processes } = order;
  const run = new LoadRun({
    connections,
    start: requestStart(keepAlive),
    requests: requests.slice(0, order.uploads),
    answer,
  });
  const send = keepAlive ? keepSending : keepConnecting;
  // Where the uploads to report come to an end, the run is over with the answers to the last ones.
  const senders = Promise.all(Array.from({ length: connections }, () => send(port, run))).finally(
    () => run.stop(),
  );
  const meter = new UsageMeter(processes);
  const time = (ms: number) => pause(ms, undefined, { signal: run.stopped }).catch(() => undefined);
  if (keepAlive) await run.begun;
  await Promise.race([time(warmUpMs), run.warmedUp]);
  meter.start();
  run.measure(true);
  await time(durationMs);
  // On a machine with much else to do; where no answer ever comes the run fails by itself.
  while (run.latenciesMs.length === 0 && !run.stopped.aborted) await time(50);
  run.measure(false);
  const measuredMs = meter.stop();
  run.stop();
  await senders;
  run.check();
  if (run.latenciesMs.length === 0) {
    throw new Error(`all ${order.uploads} uploads were reported before anything was measured`);
  }
  return {
    perSecond: (run.latenciesMs.length / measuredMs) * 1_000,
    p50Ms: percentile(run.latenciesMs, 0.5),
    p99Ms: percentile(run.latenciesMs, 0.99),
    answered: run.answered,
    usage: meter.usage(run.latenciesMs.length),
  };
}
