import { MinuteBudget } from '../../common/minute-budget.js';
import type { OssCallbackError } from '../../common/errors.js';
import type { LogFields } from '../../common/log-fields.js';
import { Log } from '../../common/log.js';
import { type LogText, logText, unquoted } from '../../common/log-text.js';

/** Log lines per minute for signed callbacks, of all codes together. */
const SIGNED_LINES_PER_MINUTE = 600;
/** Log lines per minute for each code of unsigned callbacks. */
const UNSIGNED_LINES_PER_MINUTE = 20;

/** Logs each refused callback, up to a limit per minute; beyond it, one line per code gives their number. */
export class RefusalLog {
  private readonly logger = new Log();
  private readonly minute = new MinuteBudget(() => this.summarise());
  private readonly unlogged = new Map<string, number>();

  /**
   * @param describe gives the line without the code; called only if it is logged
   * @param fieldsOf gives the fields besides the code; called only if the line is logged
   */
  add(
    refusal: OssCallbackError,
    signed: boolean,
    describe: () => LogText,
    fieldsOf: () => LogFields = () => ({}),
  ): void {
    const { code } = refusal;
    const hasLine = signed
      ? this.minute.take('signed', SIGNED_LINES_PER_MINUTE)
      : this.minute.take(code, UNSIGNED_LINES_PER_MINUTE);
    if (!hasLine) {
      this.unlogged.set(code, (this.unlogged.get(code) ?? 0) + 1);
      return;
    }
    const line = logText`${unquoted(code)} ${describe()}`;
    const fields = { code, ...fieldsOf() };
    if (refusal.getStatus() >= 500) this.logger.error(line, fields, refusal.cause);
    else this.logger.warn(line, fields);
  }

  /** Logs the numbers now. */
  flush(): void {
    this.minute.end();
  }

  private summarise(): void {
    for (const [code, count] of this.unlogged) {
      const refusals = count === 1 ? logText`refusal` : logText`refusals`;
      this.logger.warn(
        logText`${unquoted(count.toLocaleString('en'))} more ${refusals} of ${unquoted(code)} in the last minute; the table of rejections counts them`,
        { code, count },
      );
    }
    this.unlogged.clear();
  }
}
