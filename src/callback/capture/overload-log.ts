import { Log } from '../../common/log.js';
import type { LogText } from '../../common/log-text.js';

/** While callbacks are turned away, the log says so this often. */
const LOG_EVERY_MS = 10_000;

/** One line now and then for callbacks that are turned away, with how many there were. */
export class OverloadLog {
  private readonly log = new Log();
  private count = 0;
  private loggedAtMs = -Infinity;

  /** @param describe the line, with how many were turned away since the last one; called where it is written */
  note(describe: (count: number) => LogText): void {
    this.count += 1;
    if (performance.now() - this.loggedAtMs < LOG_EVERY_MS) return;
    this.log.error(describe(this.count));
    this.loggedAtMs = performance.now();
    this.count = 0;
  }
}
