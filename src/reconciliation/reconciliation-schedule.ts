import { Logger } from '@nestjs/common';
import { visible } from '../common/log-text.js';
import type { OssUploadReconciler } from './oss-upload-reconciler.js';

/** Part of the pause between runs that is left to chance, so that instances do not all come at once. */
const JITTER = 0.25;
const SHORTEST_PAUSE_MS = 1_000;

/** Runs the reconciliation from time to time, and earlier where an upload is due earlier. */
export class ReconciliationSchedule {
  private readonly logger = new Logger('OssCallback');
  private timer: NodeJS.Timeout | undefined;
  private nextAt = Number.POSITIVE_INFINITY;
  private state: 'idle' | 'started' | 'stopped' = 'idle';

  constructor(
    private readonly reconciler: Pick<OssUploadReconciler, 'run' | 'stop'>,
    private readonly everySeconds: number,
  ) {}

  start(): void {
    this.state = 'started';
    this.nextAt = Number.POSITIVE_INFINITY;
    this.planRegularRun();
  }

  /** Has a run begin no later than that. */
  wakeBy(at: Date): void {
    if (this.state !== 'started' || at.getTime() >= this.nextAt) return;
    this.plan(at.getTime());
  }

  /** No run begins any more; one that is under way is waited for. */
  async stop(): Promise<void> {
    this.state = 'stopped';
    clearTimeout(this.timer);
    await this.reconciler.stop();
  }

  private planRegularRun(): void {
    const pause = this.everySeconds * 1_000 * (1 - JITTER + 2 * JITTER * Math.random());
    this.wakeBy(new Date(Date.now() + pause));
  }

  private plan(at: number): void {
    clearTimeout(this.timer);
    this.nextAt = at;
    this.timer = setTimeout(() => void this.run(), Math.max(SHORTEST_PAUSE_MS, at - Date.now()));
    this.timer.unref();
  }

  private async run(): Promise<void> {
    // Whatever wakes it from now on is for the run after this one.
    this.nextAt = Number.POSITIVE_INFINITY;
    try {
      await this.reconciler.run();
    } catch (error) {
      this.logger.error(
        visible(`Reconciliation failed, and will be tried again: ${String(error)}`),
      );
    }
    this.planRegularRun();
  }
}
