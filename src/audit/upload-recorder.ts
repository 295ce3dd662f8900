import type { DataSource } from 'typeorm';
import { OssCallbackError } from '../oss-callback.errors.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import { databaseError } from './database-error.js';
import type { Confirmation } from './object-confirmation.js';
import { OssUpload } from './oss-upload.entity.js';
import { stateAfter, toUploadRow } from './upload-row.js';

/**
 * Turns callbacks into rows. What is one upload is decided by the unique index on `identity` alone, so that two
 * deliveries at the same moment, also to two processes, end as one row.
 */
export class UploadRecorder {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @returns the row as it is durable now: this delivery's, or the earlier one's
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`, or `TICKET_USED` where an earlier delivery of the same upload
   *   completed with another object
   */
  async record(callback: VerifiedCallback, confirmation: Confirmation): Promise<OssUpload> {
    try {
      const row = toUploadRow(callback, confirmation);
      if (await this.insert(row)) return row;
      return await this.meetEarlierRow(row, confirmation);
    } catch (error) {
      throw error instanceof OssCallbackError ? error : databaseError(error);
    }
  }

  private async insert(row: OssUpload): Promise<boolean> {
    const result = await this.dataSource
      .createQueryBuilder()
      .insert()
      .into(OssUpload)
      .values(row)
      .orIgnore()
      .returning(['id'])
      .updateEntity(false)
      .execute();
    return (result.raw as unknown[]).length > 0;
  }

  private async meetEarlierRow(row: OssUpload, confirmation: Confirmation): Promise<OssUpload> {
    const earlier = await this.find(row.identity);
    if (earlier.status === 'completed') {
      if (isSameObject(earlier, row)) return earlier;
      await this.update({ id: earlier.id }, { supersededEtag: row.etag });
      throw new OssCallbackError('TICKET_USED', 'The upload was already completed.', {
        hint: `upload ${earlier.id} completed with ETag ${earlier.etag}, now reported with ${row.etag}`,
      });
    }
    const unconfirmed = earlier.status === 'received' && earlier.confirmedAt === null;
    const news = confirmation.state === 'confirmed' || confirmation.state === 'broken';
    if (!news || !(unconfirmed || earlier.status === 'rejected')) return earlier;
    // Whoever comes second finds the row changed, and takes it as it then is.
    await this.update({ id: earlier.id, status: earlier.status }, stateAfter(confirmation));
    return this.find(row.identity);
  }

  private async find(identity: string): Promise<OssUpload> {
    const row = await this.dataSource.manager.findOneBy(OssUpload, { identity });
    if (row) return row;
    throw new OssCallbackError('DATABASE_UNAVAILABLE', 'The upload could not be recorded now.', {
      hint: `the row ${identity} was deleted while its callback was being answered`,
    });
  }

  private async update(where: Partial<OssUpload>, columns: Partial<OssUpload>): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .update(OssUpload)
      .set(columns)
      .where(where)
      .updateEntity(false)
      .execute();
  }
}

/** Size and ETag, as far as both are known: with `confirmObject: 'never'` a body may name neither. */
function isSameObject(one: OssUpload, other: OssUpload): boolean {
  return (
    (one.etag === null || other.etag === null || one.etag === other.etag) &&
    (one.size === null || other.size === null || one.size === other.size)
  );
}
