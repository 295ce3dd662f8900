import { nameAndMessageOf } from '../common/error-text.js';
import { Log } from '../common/log.js';
import { logText, unquoted } from '../common/log-text.js';
import { withJitter } from '../common/pauses.js';

/** Part of the pause between runs that is left to chance, so that instances do not all come at once. */
const JITTER = 0.25;
const SHORTEST_PAUSE_MS = 1_000;

/** Runs a job from time to time, and earlier where an upload is due earlier. */
export class ReconciliationSchedule {
  private readonly log = new Log();
  private timer: NodeJS.Timeout | undefined;
  private nextAt = Number.POSITIVE_INFINITY;
  private job: (() => Promise<unknown>) | undefined;

  constructor(private readonly everySeconds: number) {}

  start(job: () => Promise<unknown>): void {
    this.job = job;
    this.planRegularRun();
  }

  /** Has a run begin no later than that, where the schedule is started. */
  wakeBy(at: Date): void {
    if (!this.job || at.getTime() >= this.nextAt) return;
    this.plan(this.job, at.getTime());
  }

  /** No run begins any more. */
  stop(): void {
    this.job = undefined;
    clearTimeout(this.timer);
  }

  private planRegularRun(): void {
    const pause = withJitter(this.everySeconds * 1_000, JITTER);
    this.wakeBy(new Date(Date.now() + pause));
  }

  private plan(job: () => Promise<unknown>, at: number): void {
    clearTimeout(this.timer);
    this.nextAt = at;
    this.timer = setTimeout(() => void this.run(job), Math.max(SHORTEST_PAUSE_MS, at - Date.now()));
    this.timer.unref();
  }

  private async run(job: () => Promise<unknown>): Promise<void> {
    // Whatever wakes it from now on is for the run after this one.
    this.nextAt = Number.POSITIVE_INFINITY;
    try {
      await job();
    } catch (error) {
      this.log.error(
        logText`Reconciliation failed, and will be tried again: ${unquoted(nameAndMessageOf(error))}`,
      );
    }
    this.planRegularRun();
  }
}
