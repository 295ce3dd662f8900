import type { DataSource } from 'typeorm';
import { firstUploadIdAt } from '../ticket/upload-id.js';
import { EntitySql, queryReturning } from '../database/entity-sql.js';
import {
  OssUploadTicket,
  type OssUploadTicketStatus,
} from '../database/oss-upload-ticket.entity.js';
import { OssUpload } from '../database/oss-upload.entity.js';

/** How long a ticket belongs to the process that looks for its object. */
const LEASE_SECONDS = 120;
const FIRST_PAUSE_MS = 60_000;
/** The last look comes this long after a ticket can no longer be reported. */
const LATE_MARGIN_MS = 60_000;

export interface OverdueTicketsSearch {
  /** OSS's names of buckets. */
  buckets: readonly string[];
  limit: number;
  /** These alone, also where they are not overdue yet. */
  uploadIds?: readonly string[];
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

  /** Takes overdue tickets for a while. */
  async claim(search: OverdueTicketsSearch): Promise<OssUploadTicket[]> {
    const { table, column } = this.names();
    const statement = `
      UPDATE ${table} SET ${column('nextLookupAt')} = now() + ${LEASE_SECONDS} * interval '1 second'
      WHERE ${column('id')} IN (${this.selection(search)} FOR UPDATE SKIP LOCKED)
      RETURNING *`;
    const rows = await queryReturning(this.dataSource, statement, parametersOf(search));
    return rows.map((row) => this.tickets.toEntity(row));
  }

  /** What {@link claim} would take; nothing is taken. */
  async list(search: OverdueTicketsSearch): Promise<OssUploadTicket[]> {
    const { table, column } = this.names();
    const rows = (await this.dataSource.query(
      `SELECT * FROM ${table} WHERE ${column('id')} IN (${this.selection(search)})`,
      parametersOf(search),
    )) as Record<string, unknown>[];
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

  private selection({ limit, uploadIds }: OverdueTicketsSearch): string {
    const { table, column } = this.names();
    const which = uploadIds ? `${column('id')} = ANY ($2)` : `${column('nextLookupAt')} <= now()`;
    return `
      SELECT ${column('id')} FROM ${table}
      WHERE ${column('status')} = 'open' AND ${column('bucket')} = ANY ($1) AND ${which}
      ORDER BY ${column('nextLookupAt')} LIMIT ${limit}`;
  }

  private names() {
    const { tickets } = this;
    return {
      table: tickets.table,
      column: (name: keyof OssUploadTicket) => tickets.column(name),
    };
  }
}

function parametersOf({ buckets, uploadIds }: OverdueTicketsSearch): unknown[] {
  return uploadIds ? [buckets, uploadIds] : [buckets];
}

/**
 * When to look for an object again that was not there. Its upload may have begun just before the ticket expired and
 * still be under way: the pauses double, and the last look comes after the end of its right to be reported.
 */
export function nextLookupOf({ expiresAt, acceptUntil }: OssUploadTicket, now: Date): Date {
  const since = (time: Date) => now.getTime() - time.getTime();
  const pause = Math.max(FIRST_PAUSE_MS, since(expiresAt));
  const last = Math.max(FIRST_PAUSE_MS, LATE_MARGIN_MS - since(acceptUntil));
  return new Date(now.getTime() + Math.min(pause, last));
}

/** Whether nothing that is stored from now on counts for a ticket. */
export function isPast({ acceptUntil }: OssUploadTicket, now: Date): boolean {
  return acceptUntil.getTime() <= now.getTime();
}
