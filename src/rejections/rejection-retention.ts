import type { DataSource } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { firstUploadIdAt } from '../ticket/upload-id.js';
import { EntitySql, queryReturning, selectRows } from '../database/entity-sql.js';
import { changeInBatches } from '../database/isolate-refused.js';
import { RefusedRows } from '../database/refused-rows.js';
import { OssCallbackRejection } from '../database/oss-callback-rejection.entity.js';

/** The share of the table for unsigned refusals, which never displace signed ones. */
const UNSIGNED_SHARE = 0.2;

/** Keeps the table of refused callbacks within the option `rejections`. */
export class RejectionRetention {
  private readonly names: EntitySql<OssCallbackRejection>;
  private readonly refused = new RefusedRows('refused callback');

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: Pick<ResolvedOssCallbackOptions, 'rejections'>,
  ) {
    this.names = new EntitySql(dataSource, OssCallbackRejection);
  }

  /** Whether the options allow no rows at all. */
  get keepsNothing(): boolean {
    const { keepForSeconds, maxRows } = this.options.rejections;
    return keepForSeconds === 0 || maxRows === 0;
  }

  /**
   * Deletes rows that are older than `keepForSeconds`, then the oldest beyond `maxRows`: a fifth of that is for unsigned
   * ones, the rest for signed ones. Any number of instances may do so at once.
   *
   * @param limit how many rows at most
   * @returns how many were deleted
   */
  async deleteExpired(limit: number): Promise<number> {
    const { keepForSeconds, maxRows } = this.options.rejections;
    const maxUnsigned = Math.floor(maxRows * UNSIGNED_SHARE);
    let deleted = await this.deleteBefore(
      firstUploadIdAt(Date.now() - keepForSeconds * 1_000),
      limit,
    );
    for (const [signed, max] of [
      [false, maxUnsigned],
      [true, maxRows - maxUnsigned],
    ] as const) {
      const newest = await this.newestBeyond(signed, max);
      if (newest !== undefined) deleted += await this.deleteUpTo(newest, signed, limit - deleted);
    }
    return deleted;
  }

  private deleteBefore(id: string, limit: number): Promise<number> {
    return this.delete(`${this.names.column('id')} < $1`, [id], limit);
  }

  private deleteUpTo(id: string, signed: boolean, limit: number): Promise<number> {
    const { names } = this;
    const condition = `${names.column('id')} <= $1 AND ${names.column('signed')} = $2`;
    return this.delete(condition, [id, signed], limit);
  }

  /** The newest row beyond the limit. */
  private async newestBeyond(signed: boolean, max: number): Promise<string | undefined> {
    const { names } = this;
    const [row] = await selectRows<{ id: string }>(
      this.dataSource,
      `SELECT ${names.column('id')} AS id FROM ${names.table} WHERE ${names.column('signed')} = $1
      ORDER BY ${names.column('id')} DESC LIMIT 1 OFFSET $2`,
      [signed, max],
    );
    return row?.id;
  }

  private delete(condition: string, values: unknown[], limit: number): Promise<number> {
    const { table } = this.names;
    const id = this.names.column('id');
    const find = async (atMost: number, except: readonly string[]) => {
      const parameters = [...values, except, atMost];
      const rows = await selectRows<{ id: string }>(
        this.dataSource,
        `SELECT ${id} AS id FROM ${table} WHERE ${condition} AND ${id} <> ALL ($${values.length + 1})
        ORDER BY ${id} LIMIT $${values.length + 2}`,
        parameters,
      );
      return rows.map((row) => row.id);
    };
    const change = async (ids: readonly string[]) => {
      const statement = `
        DELETE FROM ${table} WHERE ${id} IN (
          SELECT ${id} FROM ${table} WHERE ${id} = ANY ($1) FOR UPDATE SKIP LOCKED)
        RETURNING ${id}`;
      return (await queryReturning(this.dataSource, statement, [ids])).length;
    };
    return changeInBatches({ find, change, refused: this.refused }, limit);
  }
}
