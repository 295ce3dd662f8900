import type { DataSource } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { isConflict } from '../database/database-error.js';
import { EntitySql, queryReturning } from '../database/entity-sql.js';
import type { HandlerSlots } from './handler-slots.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadHandlers } from './upload-handlers.js';
import { toStorable } from '../common/database-text.js';

/** How much longer than its handlers may take an upload belongs to the process that runs them. */
const LEASE_MARGIN_SECONDS = 30;
const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 3_600;

/** What becomes of a row that is about to be written. */
export type AttemptPlan = Pick<OssUpload, 'status' | 'attempts' | 'nextAttemptAt' | 'completedAt'>;

export interface DueUploadsSearch {
  /** OSS's names of buckets. */
  buckets: readonly string[];
  limit: number;
  /** Whether uploads that the bucket has not confirmed count as an attempt of the handlers. */
  confirmationIsOff: boolean;
  /** OSS's names of those among them that cannot be asked now: uploads that they have yet to confirm are left out. */
  silentBuckets?: readonly string[];
  /** These alone, also where they are still pausing. */
  uploadIds?: readonly string[];
  /** Those alone whose handlers may be what takes processes down; or all others. Default: both. */
  suspects?: boolean;
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
    const [claimed] = await this.claimWhere(
      `${column('id')} = $2 AND ${column('status')} = $3 AND ${column('attempts')} = $4`,
      [seen.id, seen.status, seen.attempts],
      1,
      '1',
    );
    return claimed;
  }

  /**
   * Counts and leases attempts of uploads whose time has come: leases that ended, pauses that are over. Those that the
   * bucket has yet to confirm are leased without being counted; a process without handlers takes only these.
   */
  claimDue(search: DueUploadsSearch): Promise<OssUpload[]> {
    const { column } = this.names();
    const { condition, parameters } = this.conditionOfDue(search, 2); // $1 is the lease
    const isConfirmed = search.confirmationIsOff ? 'true' : `${column('confirmedAt')} IS NOT NULL`;
    const countsAs = `CASE WHEN ${isConfirmed} THEN 1 ELSE 0 END`;
    return this.claimWhere(condition, parameters, search.limit, countsAs);
  }

  /** What {@link claimDue} would take; nothing is taken. */
  async listDue(search: DueUploadsSearch): Promise<OssUpload[]> {
    const { table, column } = this.names();
    const { condition, parameters } = this.conditionOfDue(search, 1);
    const rows = (await this.dataSource.query(
      `SELECT * FROM ${table} WHERE ${condition} ORDER BY ${column('nextAttemptAt')} LIMIT ${search.limit}`,
      parameters,
    )) as Record<string, unknown>[];
    return rows.map((row) => this.sql.toEntity(row));
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
    const pauseMs = pauseSeconds(attempt.attempts) * 1_000;
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
    parameters: unknown[],
    limit: number,
    countsAs: string,
  ): Promise<OssUpload[]> {
    const { table, column } = this.names();
    const statement = `
      UPDATE ${table} SET
        ${column('status')} = 'received',
        ${column('attempts')} = ${column('attempts')} + ${countsAs},
        ${column('nextAttemptAt')} = now() + $1 * interval '1 second'
      WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${table} WHERE ${condition}
        ORDER BY ${column('nextAttemptAt')} LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )
      RETURNING *`;
    try {
      const rows = await queryReturning(this.dataSource, statement, [
        this.leaseSeconds,
        ...parameters,
      ]);
      return rows.map((row) => this.sql.toEntity(row));
    } catch (error) {
      if (isConflict(error)) return []; // under a stricter isolation than the default: somebody else was faster
      throw error;
    }
  }

  /** @param first the number of the first of its parameters in the statement */
  private conditionOfDue(search: DueUploadsSearch, first: number) {
    const { buckets, silentBuckets = [], confirmationIsOff, uploadIds, suspects } = search;
    const { column } = this.names();
    const parameters: unknown[] = [buckets, silentBuckets];
    const isUnconfirmed = confirmationIsOff ? 'false' : `${column('confirmedAt')} IS NULL`;
    const isDue = `${column('nextAttemptAt')} <= now()`;
    const isPausing = `${column('status')} = 'failed' OR ${column('attempts')} = 0`;
    const isSuspect = `${column('status')} = 'received' AND ${column('attempts')} >= ${SUSPECT_ATTEMPTS}`;
    const conditions = [
      `${column('status')} IN ('received', 'failed')`,
      `${column('bucket')} = ANY ($${first})`,
      `NOT (${isUnconfirmed} AND ${column('bucket')} = ANY ($${first + 1}))`,
      ...(this.handlers.areHere ? [] : [isUnconfirmed]),
      ...(suspects === undefined ? [] : [`(${isSuspect}) = ${suspects}`]),
      uploadIds ? `${column('id')} = ANY ($${first + 2}) AND (${isDue} OR ${isPausing})` : isDue,
    ];
    if (uploadIds) parameters.push(uploadIds);
    return { condition: conditions.join(' AND '), parameters };
  }

  private names() {
    const { sql } = this;
    return { table: sql.table, column: (name: keyof OssUpload) => sql.column(name) };
  }
}

/** After the first attempt 5 s, then twice as long each time, an hour at most; a tenth more or less by chance. */
function pauseSeconds(attempts: number): number {
  const pause = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempts - 1));
  return pause * (0.9 + 0.2 * Math.random());
}
