import type { DataSource } from 'typeorm';
import { withConnection } from '../database/connection.js';
import { ossCallbackEntities } from '../database/entities.js';
import { EntitySql } from '../database/entity-sql.js';
import type { UploadHandlers } from '../completion/upload-handlers.js';
import { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';

/** Bounds the cost of a query, however large the backlog is: no more rows than these are read. */
const MAX_ROWS = 10_000;

/** Ages of the oldest waiting rows in the database, in seconds; `undefined` if there are none. */
export interface BacklogAges {
  /** Among the open tickets that expired first: since when the reconciliation's lookup of the object is overdue. */
  overdueTicketSeconds: number | undefined;
  /** Since when the next attempt of an upload that is not completed is overdue. */
  dueUploadSeconds: number | undefined;
  /** The age of the open ticket that expires first. */
  openTicketSeconds: number | undefined;
}

/** Queries the backlog of this process's buckets. */
export class Backlog {
  private readonly buckets: readonly string[];

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: Pick<ResolvedOssCallbackOptions, 'buckets' | 'confirmObject'>,
    private readonly handlers: UploadHandlers,
  ) {
    this.buckets = [...options.buckets.values()].map(({ bucket }) => bucket);
  }

  /**
   * @returns names of this package's tables that do not exist
   * @throws the database's error, or a time-out
   */
  async missingTables(timeoutMs: number): Promise<string[]> {
    const tables = ossCallbackEntities.map((entity) => {
      const { tablePath } = this.dataSource.getMetadata(entity);
      return { tablePath, quoted: new EntitySql(this.dataSource, entity).table };
    });
    const rows = await this.query(
      timeoutMs,
      'SELECT to_regclass(name)::text AS found FROM unnest($1::text[]) WITH ORDINALITY AS t (name, n) ORDER BY n',
      [tables.map(({ quoted }) => quoted)],
    );
    return tables.filter((_, index) => rows[index]?.found == null).map((table) => table.tablePath);
  }

  /** @throws the database's error, or a time-out */
  async ages(timeoutMs: number): Promise<BacklogAges> {
    const text = `SELECT
      (${this.overdueTicket()}) AS "overdueTicketSeconds",
      (${this.dueUpload()}) AS "dueUploadSeconds",
      (${this.openTicket()}) AS "openTicketSeconds"`;
    const [row] = await this.query(timeoutMs, text, [this.buckets]);
    const secondsOf = (name: keyof BacklogAges) =>
      row?.[name] == null ? undefined : Number(row[name]);
    return {
      overdueTicketSeconds: secondsOf('overdueTicketSeconds'),
      dueUploadSeconds: secondsOf('dueUploadSeconds'),
      openTicketSeconds: secondsOf('openTicketSeconds'),
    };
  }

  private overdueTicket(): string {
    const { table, column } = this.tickets();
    return `
      SELECT extract(epoch FROM now() - min(due)) FROM (
        SELECT ${column('nextLookupAt')} AS due FROM ${table}
        WHERE ${column('status')} = 'open' AND ${column('expiresAt')} <= now() AND ${column('bucket')} = ANY ($1)
        ORDER BY ${column('expiresAt')} LIMIT ${MAX_ROWS}
      ) AS expired WHERE due <= now()`;
  }

  private openTicket(): string {
    const { table, column } = this.tickets();
    return `
      SELECT extract(epoch FROM now() - ${column('createdAt')}) FROM ${table}
      WHERE ${column('status')} = 'open' AND ${column('bucket')} = ANY ($1)
      ORDER BY ${column('expiresAt')} LIMIT 1`;
  }

  /** A process without handlers only resumes uploads that the bucket has yet to confirm. */
  private dueUpload(): string {
    const sql = new EntitySql(this.dataSource, OssUpload);
    const column = (name: keyof OssUpload) => sql.column(name);
    const isUnconfirmed =
      this.options.confirmObject === 'never' ? 'false' : `${column('confirmedAt')} IS NULL`;
    return `
      SELECT extract(epoch FROM now() - min(due)) FROM (
        SELECT ${column('nextAttemptAt')} AS due FROM ${sql.table}
        WHERE ${column('status')} IN ('received', 'failed') AND ${column('bucket')} = ANY ($1)
          ${this.handlers.enabled ? '' : `AND ${isUnconfirmed}`}
        LIMIT ${MAX_ROWS}
      ) AS unfinished WHERE due <= now()`;
  }

  private tickets() {
    const sql = new EntitySql(this.dataSource, OssUploadTicket);
    return { table: sql.table, column: (name: keyof OssUploadTicket) => sql.column(name) };
  }

  private query(
    timeoutMs: number,
    text: string,
    values: unknown[],
  ): Promise<Record<string, unknown>[]> {
    const onTimeout = () =>
      Object.assign(new Error(`the database did not respond within ${timeoutMs} ms`), {
        code: 'TIMEOUT',
      });
    return withConnection(
      this.dataSource.createQueryRunner(),
      { timeoutMs, onTimeout },
      async (connection) => {
        const { rows } = await connection.query({ text, values });
        return rows;
      },
    );
  }
}
