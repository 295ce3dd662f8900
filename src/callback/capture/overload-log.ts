import { Log } from '../../common/log.js';
import type { LogText } from '../../common/log-text.js';

/** While callbacks are turned away, the log says so this often. */
const LOG_EVERY_MS = 10_000;

/** One line now and then for callbacks that are turned away, with how many there were. */
export class OverloadLog {
  private readonly log = new Log();
  private count = 0;
  private loggedAtMs = -Infinity;

  constructor(private readonly describe: (count: number) => LogText) {}

  note(): void {
    this.count += 1;
    if (performance.now() - this.loggedAtMs < LOG_EVERY_MS) return;
    this.log.error(this.describe(this.count));
    this.loggedAtMs = performance.now();
    this.count = 0;
  }
}
