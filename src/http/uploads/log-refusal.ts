import { describeError, type OssCallbackError } from '../../common/errors.js';
import { Log } from '../../common/log.js';
import { logText, unquoted } from '../../common/log-text.js';
import { MinuteBudget } from '../../common/minute-budget.js';

/** Of each code: requests of clients must not fill the log. */
const LINES_PER_MINUTE = 60;

const log = new Log();
const minute = new MinuteBudget();

/** Logs what the client does not receive: a hint, or a failure on this side. */
export function logRefusal(error: OssCallbackError): void {
  const status = error.getStatus();
  if (status < 500 && error.hint === undefined) return;
  if (!minute.take(error.code, LINES_PER_MINUTE)) return;
  const line = logText`A request for an upload was answered with ${unquoted(String(status))} ${unquoted(error.code)}: ${unquoted(describeError(error))}`;
  if (status < 500) log.warn(line);
  else log.error(line, {}, error.cause);
}
