import type { DataSource } from 'typeorm';
import { nameAndMessageOf } from '../common/error-text.js';
import { Batches } from '../common/batches.js';
import { publish, rejectionsDroppedChannel } from '../common/channels.js';
import { toStorable } from '../common/database-text.js';
import { Log } from '../common/log.js';
import { logText, unquoted } from '../common/log-text.js';
import { createUploadId } from '../ticket/upload-id.js';
import { MinuteBudget } from '../common/minute-budget.js';
import { isolateRefused } from '../database/isolate-refused.js';
import { OssCallbackRejection } from '../database/oss-callback-rejection.entity.js';
import type { RejectionRetention } from './rejection-retention.js';

export type RejectionKind = Pick<OssCallbackRejection, 'code' | 'signed'>;
export type RejectionFacts = Omit<
  OssCallbackRejection,
  keyof RejectionKind | 'id' | 'rejectedAt' | 'occurrences'
>;

/** Signed refusals per minute with a row each; further ones share rows, since any OSS customer can cause them. */
const SIGNED_ROWS_PER_MINUTE = 600;
/** Unsigned refusals per minute and code with a row each: anyone on the network can cause them. */
const UNSIGNED_ROWS_PER_MINUTE = 1;
const MAX_WAITING = 1_000;
/** How many of the waiting rows may be unsigned, so that there is room for signed ones. */
const MAX_UNSIGNED_WAITING = 200;
const MAX_BATCH_ROWS = 500;
/** After so many rows the table is trimmed, whether or not any process reconciles. */
const ROWS_BETWEEN_DELETIONS = 1_000;

/**
 * Writes refused callbacks in batches, off the request's path: every signed one, and samples with a count of the
 * unsigned ones. Rows that arrive faster than the database accepts them are dropped and counted: refusals must not use
 * up resources that accepted callbacks need.
 */
export class RejectionRecorder {
  private readonly log = new Log();
  private readonly minute = new MinuteBudget(() => this.endMinute());
  /** Of the current minute, beyond the budgets: one row for each kind. */
  private readonly excess = new Map<string, OssCallbackRejection>();
  private readonly batches = new Batches<OssCallbackRejection>(MAX_BATCH_ROWS, (batch) =>
    this.write(batch),
  );
  private rowsSinceDeletion = 0;
  private droppedCount = 0;
  private droppedUnreported = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly retention: RejectionRetention,
  ) {}

  /** How many refusals this process could not record. */
  get dropped(): number {
    return this.droppedCount;
  }

  /** @param describe called where the refusal gets a row of its own, or is the first of those that share one */
  add(kind: RejectionKind, describe: () => RejectionFacts): void {
    if (this.retention.keepsNothing) return;
    const { code, signed } = kind;
    const hasRow = signed
      ? this.minute.take('signed', SIGNED_ROWS_PER_MINUTE)
      : this.minute.take(code, UNSIGNED_ROWS_PER_MINUTE);
    if (hasRow) {
      this.enqueue(toRow(kind, describe()));
      return;
    }
    const shared = this.excess.get(`${code} ${signed}`);
    if (shared) shared.occurrences += 1;
    else this.excess.set(`${code} ${signed}`, toRow(kind, describe()));
  }

  /** Waits until what was added is written. */
  async flush(): Promise<void> {
    this.minute.end();
    await this.batches.whenIdle();
    this.reportDropped();
  }

  private endMinute(): void {
    for (const row of this.excess.values()) this.enqueue(row);
    this.excess.clear();
    this.reportDropped();
  }

  private enqueue(row: OssCallbackRejection): void {
    if (!this.hasRoomFor(row)) {
      this.drop([row]);
      return;
    }
    this.batches.add(row);
  }

  private hasRoomFor({ signed }: OssCallbackRejection): boolean {
    const { waiting } = this.batches;
    if (waiting.length >= MAX_WAITING) return false;
    return signed || waiting.filter((row) => !row.signed).length < MAX_UNSIGNED_WAITING;
  }

  private async write(batch: OssCallbackRejection[]): Promise<void> {
    const open = new Set(batch);
    const giveUp = (rows: readonly OssCallbackRejection[], error: unknown) => {
      this.drop(rows);
      this.logFailure('recorded', error);
    };
    try {
      await isolateRefused(
        batch,
        async (some) => {
          await this.insert(some);
          for (const row of some) open.delete(row);
        },
        (row, error) => {
          open.delete(row);
          giveUp([row], error);
        },
      );
    } catch (error) {
      giveUp([...open], error);
    }
    if (this.rowsSinceDeletion >= ROWS_BETWEEN_DELETIONS) await this.deleteExpired();
  }

  private async insert(batch: readonly OssCallbackRejection[]): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(OssCallbackRejection)
      .values([...batch])
      .updateEntity(false)
      .execute();
    this.rowsSinceDeletion += batch.length;
  }

  private async deleteExpired(): Promise<void> {
    const rows = this.rowsSinceDeletion;
    this.rowsSinceDeletion = 0;
    try {
      // twice as many as were inserted, so that an oversized table shrinks
      await this.retention.deleteExpired(rows * 2);
    } catch (error) {
      this.logFailure('deleted', error);
    }
  }

  private drop(rows: readonly OssCallbackRejection[]): void {
    const count = rows.reduce((sum, { occurrences }) => sum + occurrences, 0);
    this.droppedCount += count;
    this.droppedUnreported += count;
    publish(rejectionsDroppedChannel, () => ({ count }));
  }

  private logFailure(what: 'recorded' | 'deleted', error: unknown): void {
    if (!this.minute.take(`not ${what}`, 1)) return;
    this.log.error(
      logText`Refused callbacks could not be ${unquoted(what)}: ${unquoted(nameAndMessageOf(error))}`,
    );
  }

  private reportDropped(): void {
    if (this.droppedUnreported === 0) return;
    this.log.warn(
      logText`${this.droppedUnreported} refused callbacks were not recorded: the database was unavailable or too slow`,
    );
    this.droppedUnreported = 0;
  }
}

function toRow(kind: RejectionKind, facts: RejectionFacts): OssCallbackRejection {
  const rejectedAt = new Date();
  return {
    ...kind,
    ...facts,
    reason: toStorable(facts.reason),
    path: toStorable(facts.path),
    publicKeyUrl: facts.publicKeyUrl && toStorable(facts.publicKeyUrl),
    remoteAddress: facts.remoteAddress && toStorable(facts.remoteAddress),
    id: createUploadId(rejectedAt.getTime()),
    rejectedAt,
    occurrences: 1,
  };
}
