import { Log } from '../../common/log.js';
import type { LogText } from '../../common/log-text.js';

/** How often the log reports that callbacks are refused. */
const LOG_EVERY_MS = 10_000;

/** Logs refused callbacks in one line at intervals, with their number. */
export class OverloadLog {
  private readonly log = new Log();
  private count = 0;
  private loggedAtMs = -Infinity;

  /** @param describe the line, given how many were refused since the last one; called only if it is written */
  note(describe: (count: number) => LogText): void {
    this.count += 1;
    if (performance.now() - this.loggedAtMs < LOG_EVERY_MS) return;
    this.log.error(describe(this.count));
    this.loggedAtMs = performance.now();
    this.count = 0;
  }
}
