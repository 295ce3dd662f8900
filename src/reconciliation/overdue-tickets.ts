import type { DataSource } from 'typeorm';
import { firstUploadIdAt } from '../ticket/upload-id.js';
import { EntitySql, queryReturning, selectRows } from '../database/entity-sql.js';
import { type DueRow, findInFairOrder } from '../database/fair-order.js';
import { changeInBatches } from '../database/isolate-refused.js';
import {
  OssUploadTicket,
  type OssUploadTicketStatus,
} from '../database/oss-upload-ticket.entity.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import { RefusedRows } from '../database/refused-rows.js';
import { SqlParameters } from '../database/sql-parameters.js';

/** How long a ticket is leased to the process that looks for its object. */
export const LEASE_SECONDS = 120;

export interface OverdueTicketsSearch {
  /** OSS's names of buckets. */
  buckets: readonly string[];
  /** OSS's names of buckets that currently do not answer; their tickets are left out. */
  unreachableBuckets?: readonly string[];
  /** Include tickets that ended before this time, even if their bucket is not among `buckets`. */
  forgottenBefore: Date;
  /** Include tickets that are not overdue yet. */
  alsoEarly?: boolean;
  /** Ids of the only ones to include. Default: all. */
  only?: readonly string[];
}

/**
 * The tickets whose upload should have been reported by now. Several processes share them: each leases those that no
 * other process has leased.
 */
export class OverdueTickets {
  /** Tickets that the database refuses to change. */
  readonly refused = new RefusedRows('ticket');
  private readonly tickets: EntitySql<OssUploadTicket>;
  private readonly uploads: EntitySql<OssUpload>;

  constructor(private readonly dataSource: DataSource) {
    this.tickets = new EntitySql(dataSource, OssUploadTicket);
    this.uploads = new EntitySql(dataSource, OssUpload);
  }

  /**
   * Closes the overdue tickets of completed uploads.
   * @returns how many
   */
  closeCompleted(): Promise<number> {
    const { table, column } = this.names();
    const upload = this.uploads;
    const find = (limit: number, except: readonly string[]) =>
      this.idsOf(
        `SELECT ticket.${column('id')} AS id FROM ${table} ticket
        JOIN ${upload.table} upload ON upload.${upload.column('id')} = ticket.${column('id')}
        WHERE ticket.${column('status')} = 'open' AND ticket.${column('nextLookupAt')} <= now()
          AND upload.${upload.column('status')} = 'completed' AND ticket.${column('id')} <> ALL ($2)
        LIMIT $1`,
        [limit, except],
      );
    const change = (ids: readonly string[]) =>
      this.countChanged(
        `UPDATE ${table} SET
          ${column('status')} = 'completed', ${column('closedAt')} = now(), ${column('nextLookupAt')} = NULL
        WHERE ${column('id')} IN (
          SELECT ${column('id')} FROM ${table}
          WHERE ${column('id')} = ANY ($1) AND ${column('status')} = 'open' FOR UPDATE SKIP LOCKED)
        RETURNING ${column('id')}`,
        [ids],
      );
    return changeInBatches({ find, change, refused: this.refused });
  }

  /**
   * Finds overdue tickets. Leases nothing.
   * @returns at most `limit`, in the order in which to lease them
   */
  findOverdue(search: OverdueTicketsSearch, limit: number): Promise<DueRow[]> {
    const parameters = new SqlParameters();
    const order = { names: this.tickets, dueAt: 'nextLookupAt' } as const;
    const condition = this.isOverdue(search, parameters);
    return findInFairOrder(this.dataSource, order, condition, parameters, limit);
  }

  /** Leases a ticket to this process, if it is overdue. */
  async lease(search: OverdueTicketsSearch, id: string): Promise<OssUploadTicket | undefined> {
    const { table, column } = this.names();
    const parameters = new SqlParameters();
    const statement = `
      UPDATE ${table} SET ${column('nextLookupAt')} = now() + ${LEASE_SECONDS} * interval '1 second'
      WHERE ${column('id')} IN (
        SELECT ${column('id')} FROM ${table} WHERE ${this.isOverdue({ ...search, only: [id] }, parameters)}
        FOR UPDATE SKIP LOCKED
      )
      RETURNING *`;
    const [row] = await queryReturning(this.dataSource, statement, parameters.values);
    return row && this.tickets.toEntity(row);
  }

  /** Reads a ticket without leasing it. */
  read(id: string): Promise<OssUploadTicket | undefined> {
    return this.tickets.findOneBy('id', id);
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
   * Deletes closed tickets that could last be reported before a time. They are found among the oldest upload ids.
   * @returns how many
   */
  deleteClosed(before: Date): Promise<number> {
    const { table, column } = this.names();
    const find = (limit: number, except: readonly string[]) =>
      this.idsOf(
        `SELECT ${column('id')} AS id FROM ${table}
        WHERE ${column('id')} < $1 AND ${column('status')} <> 'open' AND ${column('acceptUntil')} < $2
          AND ${column('id')} <> ALL ($4)
        ORDER BY ${column('id')} LIMIT $3`,
        [firstUploadIdAt(before.getTime()), before, limit, except],
      );
    const change = (ids: readonly string[]) =>
      this.countChanged(
        `DELETE FROM ${table} WHERE ${column('id')} IN (
          SELECT ${column('id')} FROM ${table}
          WHERE ${column('id')} = ANY ($1) AND ${column('status')} <> 'open' FOR UPDATE SKIP LOCKED)
        RETURNING ${column('id')}`,
        [ids],
      );
    return changeInBatches({ find, change, refused: this.refused });
  }

  private async idsOf(statement: string, values: unknown[]): Promise<string[]> {
    const rows = await selectRows<{ id: string }>(this.dataSource, statement, values);
    return rows.map(({ id }) => id);
  }

  private async countChanged(statement: string, values: unknown[]): Promise<number> {
    return (await queryReturning(this.dataSource, statement, values)).length;
  }

  private isOverdue(search: OverdueTicketsSearch, parameters: SqlParameters): string {
    const { buckets, unreachableBuckets = [], forgottenBefore, alsoEarly = false, only } = search;
    const { column } = this.names();
    const isKnown = `${column('bucket')} = ANY (${parameters.add(buckets)})`;
    const isForgotten = `${column('acceptUntil')} < ${parameters.add(forgottenBefore)}`;
    const conditions = [
      `${column('status')} = 'open'`,
      `(${isKnown} OR ${isForgotten})`,
      `${column('bucket')} <> ALL (${parameters.add(unreachableBuckets)})`,
      `${column('id')} <> ALL (${parameters.add(this.refused.ids)})`,
      ...(only === undefined ? [] : [`${column('id')} = ANY (${parameters.add(only)})`]),
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
