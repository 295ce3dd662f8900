import { MinuteBudget } from '../../common/minute-budget.js';
import type { OssCallbackError } from '../../common/errors.js';
import type { LogFields } from '../../common/log-fields.js';
import { Log } from '../../common/log.js';
import { type LogText, logText, unquoted } from '../../common/log-text.js';

/** Lines of a minute for callbacks that OSS signed, whatever their codes. */
const SIGNED_LINES_PER_MINUTE = 600;
/** Lines of a minute for each code of those that it did not. */
const UNSIGNED_LINES_PER_MINUTE = 20;

/** A line for each refused callback, up to a number in a minute; then one line that counts the others of a code. */
export class RefusalLog {
  private readonly logger = new Log();
  private readonly minute = new MinuteBudget(() => this.summarise());
  private readonly unsaid = new Map<string, number>();

  /**
   * @param describe the line without the code; called where it is written
   * @param fieldsOf what the line is about, besides the code; called likewise
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
      this.unsaid.set(code, (this.unsaid.get(code) ?? 0) + 1);
      return;
    }
    const line = logText`${unquoted(code)} ${describe()}`;
    const fields = { code, ...fieldsOf() };
    if (refusal.getStatus() >= 500) this.logger.error(line, fields, refusal.cause);
    else this.logger.warn(line, fields);
  }

  /** Says now what was counted. */
  flush(): void {
    this.minute.end();
  }

  private summarise(): void {
    for (const [code, count] of this.unsaid) {
      const refusals = count === 1 ? logText`refusal` : logText`refusals`;
      this.logger.warn(
        logText`${unquoted(count.toLocaleString('en'))} more ${refusals} of ${unquoted(code)} in the last minute; the table of rejections counts them`,
        { code, count },
      );
    }
    this.unsaid.clear();
  }
}
