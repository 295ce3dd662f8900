import { describeError } from '../common/errors.js';
import { Log } from '../common/log.js';
import { logText, unquoted } from '../common/log-text.js';
import { MinuteBudget } from '../common/minute-budget.js';
import { MINUTE_TO_HOUR, pauseAfter } from '../common/pauses.js';

/** How many are remembered; the latest. */
const MAX_ROWS = 1_000;
const LINES_PER_MINUTE = 20;

/**
 * Rows that the database refuses to change, for example because a trigger or a foreign key of the app's forbids it. They
 * are skipped for a while, longer each time, so that they do not delay others.
 */
export class RefusedRows {
  private readonly log = new Log();
  private readonly minute = new MinuteBudget();
  private readonly rows = new Map<string, { refusals: number; until: number }>();

  /** @param what for the log: `upload` */
  constructor(private readonly what: 'upload' | 'ticket' | 'refused callback') {}

  /** Ids of those that are to be left alone now. */
  get ids(): string[] {
    const now = Date.now();
    return [...this.rows].filter(([, { until }]) => until > now).map(([id]) => id);
  }

  add(id: string, error: unknown): void {
    const refusals = (this.rows.get(id)?.refusals ?? 0) + 1;
    this.rows.delete(id);
    if (this.rows.size >= MAX_ROWS) this.rows.delete(this.rows.keys().next().value!);
    this.rows.set(id, { refusals, until: Date.now() + pauseAfter(refusals, MINUTE_TO_HOUR) });
    if (!this.minute.take('lines', LINES_PER_MINUTE)) return;
    const [what, row, why] = [this.what, id, describeError(error)].map((text) => unquoted(text));
    this.log.warn(
      logText`The database refuses to change the row of the ${what!} ${row!}: ${why!}`,
      this.what === 'refused callback' ? {} : { uploadId: id },
    );
  }
}
