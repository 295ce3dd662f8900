import type { DataSource } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { isConflict } from '../database/database-error.js';
import { EntitySql, queryReturning, selectRows } from '../database/entity-sql.js';
import { findInFairOrder } from '../database/fair-order.js';
import type { HandlerSlots } from './handler-slots.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import { SqlParameters } from '../database/sql-parameters.js';
import type { UploadHandlers } from './upload-handlers.js';
import { toStorable } from '../common/database-text.js';
import { pauseAfter } from '../common/pauses.js';

/** How much longer than its handlers may take an upload belongs to the process that runs them. */
const LEASE_MARGIN_SECONDS = 30;
/** After an attempt that failed. */
const PAUSE = { firstMs: 5_000, longestMs: 3_600_000, jitter: 0.1 };

/** What becomes of a row that is about to be written. */
export type AttemptPlan = Pick<OssUpload, 'status' | 'attempts' | 'nextAttemptAt' | 'completedAt'>;

export interface DueUploadsSearch {
  /** OSS's names of buckets. */
  buckets: readonly string[];
  /** Whether uploads that the bucket has not confirmed count as an attempt of the handlers. */
  confirmationIsOff: boolean;
  /** OSS's names of those that cannot be asked now: uploads that they have yet to confirm are left out. */
  silentBuckets?: readonly string[];
  /** Unconfirmed uploads that were received before this time, also where their bucket is not among `buckets`. */
  forgottenBefore?: Date;
  /** Those alone whose handlers may be what takes processes down; or all others. Default: both. */
  suspects?: boolean;
  /** Also those whose handlers were never started, before their time has come. */
  alsoWaiting?: boolean;
}

/** An attempt that never ended says little: a deployment kills as well. After so many it is suspect. */
const SUSPECT_ATTEMPTS = 2;

/**
 * Who may run the handlers of an upload. An attempt is counted, and leased to one process, before it starts: a handler
 * that takes the process down is not tried for ever. While an attempt is leased the row is `received`, and
 * `nextAttemptAt` is when the lease ends.
 */
export class UploadAttempts {
  private readonly sql: EntitySql<OssUpload>;
  private readonly leaseSeconds: number;
  private readonly maxAttempts: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: UploadHandlers,
    private readonly slots: HandlerSlots,
    options: Pick<ResolvedOssCallbackOptions, 'handlers'>,
  ) {
    this.sql = new EntitySql(dataSource, OssUpload);
    const { timeoutSeconds = 0, maxAttempts = 0 } = options.handlers || {};
    this.leaseSeconds = timeoutSeconds + LEASE_MARGIN_SECONDS;
    this.maxAttempts = maxAttempts;
  }

  /** For a row whose object counts: `completed` at once where no handler matches, else with its first attempt leased. */
  plan(upload: OssUpload): AttemptPlan {
    const now = new Date();
    if (this.handlers.areHere && !this.handlers.areFor(upload)) {
      return { status: 'completed', attempts: 0, nextAttemptAt: null, completedAt: now };
    }
    const mine = this.handlers.areHere && this.slots.haveRoom;
    return {
      status: 'received',
      attempts: mine ? 1 : 0,
      nextAttemptAt: mine ? new Date(now.getTime() + this.leaseSeconds * 1_000) : now,
      completedAt: null,
    };
  }

  /**
   * Counts and leases one more attempt of an upload as it was read a moment ago.
   * @returns the row; `undefined` where somebody else was faster, or works on it
   */
  async claim(seen: OssUpload): Promise<OssUpload | undefined> {
    if (!this.handlers.areHere) return undefined;
    const { column } = this.names();
    const parameters = new SqlParameters();
    const [id, status, attempts] = [seen.id, seen.status, seen.attempts].map((value) =>
      parameters.add(value),
    );
    const [claimed] = await this.claimWhere(
      `${column('id')} = ${id} AND ${column('status')} = ${status} AND ${column('attempts')} = ${attempts}`,
      parameters,
      '1',
    );
    return claimed;
  }

  /**
   * Ids of uploads whose time has come: leases that ended, pauses that are over. Nothing is taken.
   * @returns in the order in which they are to be taken, at most so many
   */
  findDue(search: DueUploadsSearch, limit: number): Promise<string[]> {
    const parameters = new SqlParameters();
    const order = { names: this.sql, dueAt: 'nextAttemptAt' } as const;
    const condition = this.isDue(search, parameters);
    return findInFairOrder(this.dataSource, order, condition, parameters, limit);
  }

  /** Those of these uploads whose time has come, without taking them. */
  async readDue(search: DueUploadsSearch, ids: readonly string[]): Promise<OssUpload[]> {
    const parameters = new SqlParameters();
    const condition = this.isOneOf(ids, search, parameters);
    const rows = await selectRows(
      this.dataSource,
      `SELECT * FROM ${this.sql.table} WHERE ${condition}`,
      parameters.values,
    );
    return rows.map((row) => this.sql.toEntity(row));
  }

  /**
   * Counts and leases attempts of those of these uploads whose time has come. Those that the bucket has yet to confirm
   * are leased without being counted; a process without handlers takes only these.
   */
  claimDue(search: DueUploadsSearch, ids: readonly string[]): Promise<OssUpload[]> {
    const { column } = this.names();
    const parameters = new SqlParameters();
    const condition = this.isOneOf(ids, search, parameters);
    const isConfirmed = search.confirmationIsOff ? 'true' : `${column('confirmedAt')} IS NOT NULL`;
    const countsAs = `CASE WHEN ${isConfirmed} THEN 1 ELSE 0 END`;
    return this.claimWhere(condition, parameters, countsAs);
  }

  /** Whether the handlers have already been started as often as they may. */
  isOver({ attempts }: OssUpload): boolean {
    return attempts > this.maxAttempts;
  }

  /**
   * Notes that the attempt which this row is leased for failed. Does nothing where the row is no longer leased for it.
   * @returns the row as it is now; `undefined` where it was not this attempt's any more
   */
  async fail(attempt: OssUpload, reason: string): Promise<OssUpload | undefined> {
    const abandoned = attempt.attempts >= this.maxAttempts;
    const pauseMs = pauseAfter(attempt.attempts, PAUSE);
    return this.settle(attempt, {
      status: abandoned ? 'abandoned' : 'failed',
      lastError: toStorable(reason),
      nextAttemptAt: abandoned ? null : new Date(Date.now() + pauseMs),
      ...(this.isOver(attempt) ? { attempts: this.maxAttempts } : {}),
    });
  }

  /** Ends the lease of an attempt with other columns; `undefined` where it had ended already. */
  async settle(
    { id, attempts }: OssUpload,
    columns: Partial<OssUpload>,
  ): Promise<OssUpload | undefined> {
    const where = { id, attempts, status: 'received' as const };
    const { affected } = await this.dataSource
      .createQueryBuilder()
      .update(OssUpload)
      .set(columns)
      .where(where)
      .updateEntity(false)
      .execute();
    return affected === 0 ? undefined : this.sql.findOneBy('id', id);
  }

  /** Rows that others work on are left out, never waited for. */
  private async claimWhere(
    condition: string,
    parameters: SqlParameters,
    countsAs: string,
  ): Promise<OssUpload[]> {
    const { table, column } = this.names();
    const statement = `
      UPDATE ${table} SET
        ${column('status')} = 'received',
        ${column('attempts')} = ${column('attempts')} + ${countsAs},
        ${column('nextAttemptAt')} = now() + ${parameters.add(this.leaseSeconds)} * interval '1 second'
      WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${table} WHERE ${condition} FOR UPDATE SKIP LOCKED
      )
      RETURNING *`;
    try {
      const rows = await queryReturning(this.dataSource, statement, parameters.values);
      return rows.map((row) => this.sql.toEntity(row));
    } catch (error) {
      if (isConflict(error)) return []; // under a stricter isolation than the default: somebody else was faster
      throw error;
    }
  }

  private isOneOf(
    ids: readonly string[],
    search: DueUploadsSearch,
    parameters: SqlParameters,
  ): string {
    const { column } = this.names();
    return `${column('id')} = ANY (${parameters.add(ids)}) AND ${this.isDue(search, parameters)}`;
  }

  private isDue(search: DueUploadsSearch, parameters: SqlParameters): string {
    const { buckets, silentBuckets = [], forgottenBefore, confirmationIsOff } = search;
    const { suspects, alsoWaiting = false } = search;
    const { column } = this.names();
    const isUnconfirmed = confirmationIsOff ? 'false' : `${column('confirmedAt')} IS NULL`;
    const isForgotten =
      forgottenBefore === undefined
        ? 'false'
        : `${isUnconfirmed} AND ${column('receivedAt')} < ${parameters.add(forgottenBefore)}`;
    const isSuspect = `${column('status')} = 'received' AND ${column('attempts')} >= ${SUSPECT_ATTEMPTS}`;
    const isWaiting = `${column('status')} = 'received' AND ${column('attempts')} = 0`;
    const conditions = [
      `${column('status')} IN ('received', 'failed')`,
      `(${column('bucket')} = ANY (${parameters.add(buckets)}) OR ${isForgotten})`,
      `NOT (${isUnconfirmed} AND ${column('bucket')} = ANY (${parameters.add(silentBuckets)}))`,
      ...(this.handlers.areHere ? [] : [isUnconfirmed]),
      ...(suspects === undefined ? [] : [`(${isSuspect}) = ${suspects}`]),
      `(${column('nextAttemptAt')} <= now() OR (${alsoWaiting} AND ${isWaiting}))`,
    ];
    return conditions.join(' AND ');
  }

  private names() {
    const { sql } = this;
    return { table: sql.table, column: (name: keyof OssUpload) => sql.column(name) };
  }
}
