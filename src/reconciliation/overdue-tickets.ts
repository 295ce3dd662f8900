import type { DataSource } from 'typeorm';
import { firstUploadIdAt } from '../ticket/upload-id.js';
import { EntitySql, queryReturning, selectRows } from '../database/entity-sql.js';
import { findInFairOrder } from '../database/fair-order.js';
import {
  OssUploadTicket,
  type OssUploadTicketStatus,
} from '../database/oss-upload-ticket.entity.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import { SqlParameters } from '../database/sql-parameters.js';

/** How long a ticket belongs to the process that looks for its object. */
const LEASE_SECONDS = 120;

export interface OverdueTicketsSearch {
  /** OSS's names of buckets. */
  buckets: readonly string[];
  /** OSS's names of those that are left alone. */
  silentBuckets?: readonly string[];
  /** Tickets that ended before this time, also where their bucket is not among `buckets`. */
  forgottenBefore: Date;
  /** Also those that are not overdue yet. */
  alsoEarly?: boolean;
}

/**
 * The tickets whose upload should have been reported by now. Several processes share them: each takes those that no
 * other has, for a while.
 */
export class OverdueTickets {
  private readonly tickets: EntitySql<OssUploadTicket>;
  private readonly uploads: EntitySql<OssUpload>;

  constructor(private readonly dataSource: DataSource) {
    this.tickets = new EntitySql(dataSource, OssUploadTicket);
    this.uploads = new EntitySql(dataSource, OssUpload);
  }

  /**
   * Closes the overdue tickets whose upload is completed.
   * @returns how many; fewer than `limit` where none are left
   */
  async closeCompleted(limit: number): Promise<number> {
    const { table, column } = this.names();
    const upload = this.uploads;
    const statement = `
      UPDATE ${table} SET
        ${column('status')} = 'completed', ${column('closedAt')} = now(), ${column('nextLookupAt')} = NULL
      WHERE ${column('id')} IN (
        SELECT ticket.${column('id')} FROM ${table} ticket
        JOIN ${upload.table} upload ON upload.${upload.column('id')} = ticket.${column('id')}
        WHERE ticket.${column('status')} = 'open' AND ticket.${column('nextLookupAt')} <= now()
          AND upload.${upload.column('status')} = 'completed'
        LIMIT $1 FOR UPDATE OF ticket SKIP LOCKED
      )
      RETURNING ${column('id')}`;
    return (await queryReturning(this.dataSource, statement, [limit])).length;
  }

  /**
   * Ids of overdue tickets. Nothing is taken.
   * @returns in the order in which they are to be taken, at most so many
   */
  findOverdue(search: OverdueTicketsSearch, limit: number): Promise<string[]> {
    const parameters = new SqlParameters();
    const order = { names: this.tickets, dueAt: 'nextLookupAt' } as const;
    const condition = this.isOverdue(search, parameters);
    return findInFairOrder(this.dataSource, order, condition, parameters, limit);
  }

  /** Takes those of these tickets that are overdue for a while. */
  async claim(search: OverdueTicketsSearch, ids: readonly string[]): Promise<OssUploadTicket[]> {
    const { table, column } = this.names();
    const parameters = new SqlParameters();
    const statement = `
      UPDATE ${table} SET ${column('nextLookupAt')} = now() + ${LEASE_SECONDS} * interval '1 second'
      WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${table} WHERE ${this.isOneOf(ids, search, parameters)}
        FOR UPDATE SKIP LOCKED
      )
      RETURNING *`;
    const rows = await queryReturning(this.dataSource, statement, parameters.values);
    return rows.map((row) => this.tickets.toEntity(row));
  }

  /** What {@link claim} would take; nothing is taken. */
  async read(search: OverdueTicketsSearch, ids: readonly string[]): Promise<OssUploadTicket[]> {
    const parameters = new SqlParameters();
    const condition = this.isOneOf(ids, search, parameters);
    const rows = await selectRows(
      this.dataSource,
      `SELECT * FROM ${this.tickets.table} WHERE ${condition}`,
      parameters.values,
    );
    return rows.map((row) => this.tickets.toEntity(row));
  }

  async close(id: string, status: Exclude<OssUploadTicketStatus, 'open'>): Promise<void> {
    await this.dataSource.manager.update(
      OssUploadTicket,
      { id, status: 'open' as const },
      { status, closedAt: new Date(), nextLookupAt: null },
    );
  }

  async lookAgain(id: string, at: Date): Promise<void> {
    await this.dataSource.manager.update(
      OssUploadTicket,
      { id, status: 'open' as const },
      { nextLookupAt: at },
    );
  }

  /**
   * Deletes closed tickets that could last be reported before a time, in one short statement. They are found among
   * the oldest upload ids.
   * @returns how many; fewer than `limit` where none are left
   */
  async deleteClosed(before: Date, limit: number): Promise<number> {
    const { table, column } = this.names();
    const statement = `
      DELETE FROM ${table} WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${table}
        WHERE ${column('id')} < $1 AND ${column('status')} <> 'open' AND ${column('acceptUntil')} < $2
        ORDER BY ${column('id')} LIMIT $3 FOR UPDATE SKIP LOCKED
      )
      RETURNING ${column('id')}`;
    const parameters = [firstUploadIdAt(before.getTime()), before, limit];
    return (await queryReturning(this.dataSource, statement, parameters)).length;
  }

  private isOneOf(
    ids: readonly string[],
    search: OverdueTicketsSearch,
    parameters: SqlParameters,
  ): string {
    const { column } = this.names();
    return `${column('id')} = ANY (${parameters.add(ids)}) AND ${this.isOverdue(search, parameters)}`;
  }

  private isOverdue(search: OverdueTicketsSearch, parameters: SqlParameters): string {
    const { buckets, silentBuckets = [], forgottenBefore, alsoEarly = false } = search;
    const { column } = this.names();
    const isKnown = `${column('bucket')} = ANY (${parameters.add(buckets)})`;
    const isForgotten = `${column('acceptUntil')} < ${parameters.add(forgottenBefore)}`;
    const conditions = [
      `${column('status')} = 'open'`,
      `(${isKnown} OR ${isForgotten})`,
      `${column('bucket')} <> ALL (${parameters.add(silentBuckets)})`,
      ...(alsoEarly ? [] : [`${column('nextLookupAt')} <= now()`]),
    ];
    return conditions.join(' AND ');
  }

  private names() {
    const { tickets } = this;
    return {
      table: tickets.table,
      column: (name: keyof OssUploadTicket) => tickets.column(name),
    };
  }
}
