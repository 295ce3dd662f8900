import type { DataSource } from 'typeorm';
import { OssCallbackError } from '../oss-callback.errors.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import { databaseError, isConflict } from './database-error.js';
import type { Confirmation } from './object-confirmation.js';
import { OssUpload } from './oss-upload.entity.js';
import { claimedFacts, toUploadRow } from './upload-row.js';

/** How often a delivery is recorded that meets another of the same upload. */
const MAX_ATTEMPTS = 5;

/**
 * Turns callbacks into rows. What is one upload is decided by the unique index on `identity` alone, so that two
 * deliveries at the same moment, also to two processes, end as one row.
 */
export class UploadRecorder {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @returns the row as it is durable now: this delivery's, or the earlier one's
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`; `TICKET_USED` where an earlier delivery of the same upload
   *   completed with another object; `OBJECT_MISSING` or `OBJECT_MISMATCH` where the bucket contradicts the callback
   *   and no earlier delivery completed with what it describes
   */
  async record(callback: VerifiedCallback, confirmation: Confirmation): Promise<OssUpload> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.tryToRecord(callback, confirmation);
      } catch (error) {
        if (error instanceof OssCallbackError) throw error;
        if (attempt === MAX_ATTEMPTS || !isConflict(error)) throw databaseError(error);
      }
    }
  }

  private async tryToRecord(
    callback: VerifiedCallback,
    confirmation: Confirmation,
  ): Promise<OssUpload> {
    if (confirmation.state === 'contradicted') {
      return this.findCompleted(callback, confirmation.error);
    }
    const row = toUploadRow(callback, confirmation);
    return (await this.insert(row)) ? row : this.meetEarlierRow(row, confirmation);
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

  /** An object may be moved, replaced or deleted once its upload counts. */
  private async findCompleted(
    callback: VerifiedCallback,
    error: OssCallbackError,
  ): Promise<OssUpload> {
    const { identity } = callback;
    const row = await this.dataSource.manager.findOneBy(OssUpload, { identity });
    if (row?.status === 'completed' && isSameObject(row, claimedFacts(callback))) return row;
    throw error;
  }

  private async meetEarlierRow(row: OssUpload, confirmation: Confirmation): Promise<OssUpload> {
    const earlier = await this.find(row.identity);
    if (earlier.status === 'completed') {
      if (isSameObject(earlier, row)) return earlier;
      // A claim that nobody confirmed is not worth noting.
      if (confirmation.state !== 'unavailable' && row.etag !== null) {
        await this.update({ id: earlier.id }, { supersededEtag: row.etag });
      }
      throw new OssCallbackError('TICKET_USED', 'The upload was already completed.', {
        hint: `upload ${earlier.id} completed with ETag ${earlier.etag}, now reported with ${row.etag}`,
      });
    }
    const unconfirmed = earlier.status === 'received' && earlier.confirmedAt === null;
    const news = confirmation.state === 'confirmed' || confirmation.state === 'broken';
    if (!(unconfirmed && news) && earlier.status !== 'rejected') return earlier;
    // Nothing stays of what the earlier delivery claimed: it may have been another object's.
    const { id, receivedAt, attempts } = earlier;
    const renewed = Object.assign(row, { id, receivedAt, attempts });
    const isRenewed = await this.update({ id, status: earlier.status }, renewed);
    return isRenewed ? this.find(row.identity) : this.meetEarlierRow(row, confirmation);
  }

  private async find(identity: string): Promise<OssUpload> {
    const row = await this.dataSource.manager.findOneBy(OssUpload, { identity });
    if (row) return row;
    throw new OssCallbackError('DATABASE_UNAVAILABLE', 'The upload could not be recorded now.', {
      hint: `the row ${identity} was deleted while its callback was being answered`,
    });
  }

  /** @returns whether there was such a row */
  private async update(where: Partial<OssUpload>, columns: Partial<OssUpload>): Promise<boolean> {
    const result = await this.dataSource
      .createQueryBuilder()
      .update(OssUpload)
      .set(columns)
      .where(where)
      .updateEntity(false)
      .execute();
    return result.affected !== 0;
  }
}

type ObjectClaim = Pick<OssUpload, 'etag' | 'size'>;

/** Size and ETag, as far as both are known: with `confirmObject: 'never'` a body may name neither. */
function isSameObject(one: ObjectClaim, other: ObjectClaim): boolean {
  return (
    (one.etag === null || other.etag === null || one.etag === other.etag) &&
    (one.size === null || other.size === null || one.size === other.size)
  );
}
