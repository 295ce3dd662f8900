import { nameAndMessageOf } from '../common/error-text.js';
import { Log } from '../common/log.js';
import { logText, unquoted } from '../common/log-text.js';
import { withJitter } from '../common/pauses.js';

/** The random part of the pause between runs, so that instances do not all run at once. */
const JITTER = 0.25;
const SHORTEST_PAUSE_MS = 1_000;

/** Runs a job at regular intervals, and earlier if an upload is due earlier. */
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

  /** Makes a run start no later than `at`, if the schedule has been started. */
  wakeBy(at: Date): void {
    if (!this.job || at.getTime() >= this.nextAt) return;
    this.plan(this.job, at.getTime());
  }

  /** Starts no further runs. */
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
    // From now on, `wakeBy` plans the run after this one.
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
