import { type DataSource, IsNull } from 'typeorm';
import { OssCallbackError } from '../common/errors.js';
import { logText, quoted, unquoted } from '../common/log-text.js';
import { BatchedInsert } from '../database/batched-insert.js';
import { databaseError, isConflict } from '../database/database-error.js';
import { EntitySql } from '../database/entity-sql.js';
import type { Confirmation, FoundObject } from './object-confirmation.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type { OnCompleted } from '../completion/completion-log.js';
import type { UploadAttempts } from '../completion/upload-attempts.js';
import { claimedFacts, type Outcome, toUploadRow, type UploadReport } from './upload-row.js';

/** How often recording is tried if it conflicts with another delivery of the same upload. */
const MAX_ATTEMPTS = 5;

/** A durable row. */
export interface RecordedUpload {
  upload: OssUpload;
  /** Whether it is leased to the caller, who is to run the handlers. */
  isLeased: boolean;
  /** Whether the attempt of the handlers is counted in the row already. */
  isCounted: boolean;
}

/**
 * Turns reports of uploads into rows. The unique index on `identity` alone decides what is one upload, so that
 * simultaneous deliveries become one row, even in different processes.
 */
export class UploadRecorder {
  private readonly inserts: BatchedInsert<OssUpload>;
  private readonly uploads: EntitySql<OssUpload>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly attempts: UploadAttempts,
    private readonly onCompleted: OnCompleted,
  ) {
    this.inserts = new BatchedInsert(dataSource, OssUpload, 'identity');
    this.uploads = new EntitySql(dataSource, OssUpload);
  }

  /**
   * @returns the row: this report's, or the earlier one's
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`; `TICKET_USED` if the upload was already reported with a different
   *   object; `OBJECT_MISSING` or `OBJECT_MISMATCH` if the bucket contradicts the report and has not confirmed an
   *   earlier one of the same object
   */
  record(report: UploadReport, confirmation: Confirmation): Promise<RecordedUpload> {
    return this.retryConflicts(() => this.tryToRecord(report, confirmation));
  }

  /**
   * Writes the bucket's answer into a row that was recorded without one.
   * @param claimed the row, whose attempt is leased to the caller
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`; as {@link record} if the row has changed since it was claimed
   */
  confirm(
    claimed: OssUpload,
    report: UploadReport,
    confirmation: FoundObject,
  ): Promise<RecordedUpload> {
    return this.retryConflicts(() =>
      this.renew(claimed, this.toRow(report, confirmation), confirmation),
    );
  }

  private async retryConflicts<T>(write: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write();
      } catch (error) {
        if (error instanceof OssCallbackError) throw error;
        if (attempt === MAX_ATTEMPTS || !isConflict(error)) {
          throw databaseError('The upload could not be recorded.', error);
        }
      }
    }
  }

  private async tryToRecord(
    report: UploadReport,
    confirmation: Confirmation,
  ): Promise<RecordedUpload> {
    if (confirmation.state === 'contradicted') {
      return this.meetConfirmedRow(report, confirmation.error);
    }
    const row = this.toRow(report, confirmation);
    if (!(await this.inserts.insert(row))) return this.meetEarlierRow(row, confirmation);
    if (row.status === 'completed') this.onCompleted(row);
    return { upload: row, isLeased: isLeased(row), isCounted: row.attempts > 0 };
  }

  private toRow(report: UploadReport, confirmation: Outcome): OssUpload {
    return toUploadRow(report, confirmation, (upload) => this.attempts.plan(upload));
  }

  /** Once the bucket has confirmed an object, it may be moved, replaced or deleted. */
  private async meetConfirmedRow(
    report: UploadReport,
    error: OssCallbackError,
  ): Promise<RecordedUpload> {
    const earlier = await this.uploads.findOneBy('identity', report.identity);
    const counts = earlier?.status === 'completed' || earlier?.confirmedAt != null;
    if (!earlier || !counts || earlier.status === 'rejected') throw error;
    if (!isSameObject(earlier, claimedFacts(report))) throw error;
    return this.repeat(earlier);
  }

  /** A second delivery: its effect depends on the status of the row, as in the table of docs/concepts.md. */
  private async meetEarlierRow(
    row: OssUpload,
    confirmation: Confirmation,
  ): Promise<RecordedUpload> {
    const earlier = await this.find(row.identity);
    const isSame = isSameObject(earlier, row);
    // An unconfirmed claim must not change an existing row.
    const isNews = confirmation.state !== 'unavailable';
    switch (earlier.status) {
      case 'completed':
        if (isSame) return recorded(earlier, false);
        if (isNews) await this.noteSuperseding(earlier, row);
        throw ticketUsed(earlier, row);
      case 'received':
        if (isWaitingForBucket(earlier)) {
          const isAnswered = confirmation.state === 'confirmed' || confirmation.state === 'broken';
          return isAnswered ? this.renew(earlier, row, confirmation) : recorded(earlier, false);
        }
        if (!isSame) throw ticketUsed(earlier, row);
        return this.repeat(earlier);
      case 'failed':
      case 'abandoned':
        if (isSame || !isNews) return this.repeat(earlier);
        return this.renew(earlier, row, confirmation);
      default: // `rejected`
        return isNews ? this.renew(earlier, row, confirmation) : recorded(earlier, false);
    }
  }

  /**
   * A repeated delivery: runs the handlers if their pause or lease has ended. Not earlier, since repeated deliveries
   * must not use up the attempts.
   */
  private async repeat(earlier: OssUpload): Promise<RecordedUpload> {
    const isOpen = earlier.status === 'failed' || earlier.status === 'received';
    const leased = isOpen && isDue(earlier) ? await this.attempts.lease(earlier) : undefined;
    return leased ? recorded(leased, true) : recorded(earlier, false);
  }

  /** Replaces everything that the earlier report said, since it may concern a different object. */
  private async renew(
    earlier: OssUpload,
    row: OssUpload,
    confirmation: Confirmation,
  ): Promise<RecordedUpload> {
    const { id, receivedAt, status } = earlier;
    const before = status === 'abandoned' ? 0 : earlier.attempts;
    const isPausing = status === 'failed' && !isDue(earlier) && row.status === 'received';
    const { attempts, nextAttemptAt, lastError } = earlier;
    const progress = isPausing
      ? { status, attempts, nextAttemptAt, lastError }
      : { attempts: before };
    const renewed = Object.assign(new OssUpload(), row, { id, receivedAt, ...progress });
    const result = await this.dataSource
      .createQueryBuilder()
      .update(OssUpload)
      .set(renewed)
      .where({
        id,
        status,
        attempts,
        // Two deliveries may find the same unconfirmed row: the first to confirm it wins.
        ...(status === 'received' ? { confirmedAt: IsNull() } : {}),
      })
      .updateEntity(false)
      .execute();
    if (result.affected === 0) return this.meetEarlierRow(row, confirmation);
    const current = await this.find(row.identity);
    if (row.status === 'completed') this.onCompleted(current);
    return recorded(current, !isPausing && isLeased(row));
  }

  private async find(identity: string): Promise<OssUpload> {
    const row = await this.uploads.findOneBy('identity', identity);
    if (row) return row;
    throw new OssCallbackError('DATABASE_UNAVAILABLE', 'The upload could not be recorded.', {
      hint: logText`the row ${quoted(identity)} was deleted while its callback was being answered`,
    });
  }

  private async noteSuperseding({ id }: OssUpload, { etag }: OssUpload): Promise<void> {
    if (etag === null) return;
    await this.dataSource
      .createQueryBuilder()
      .update(OssUpload)
      .set({ supersededEtag: etag })
      .where({ id })
      .updateEntity(false)
      .execute();
  }
}

/** An earlier row. */
function recorded(upload: OssUpload, isLeased: boolean): RecordedUpload {
  return { upload, isLeased, isCounted: false };
}

/** For a row that was just planned. */
function isLeased(upload: OssUpload): boolean {
  return upload.status === 'received' && !isDue(upload);
}

/** The bucket could not be reached, so no handler was started. */
function isWaitingForBucket({ confirmedAt, attempts, lastError }: OssUpload): boolean {
  return confirmedAt === null && attempts === 0 && lastError !== null;
}

function isDue({ nextAttemptAt }: OssUpload): boolean {
  return nextAttemptAt === null || nextAttemptAt.getTime() <= Date.now();
}

function ticketUsed(earlier: OssUpload, row: OssUpload): OssCallbackError {
  const state = earlier.status === 'completed' ? 'completed' : 'being completed';
  return new OssCallbackError('TICKET_USED', `The upload was already ${state}.`, {
    hint: logText`upload ${unquoted(earlier.id)} is ${unquoted(state)} with ETag ${unquoted(String(earlier.etag))}, now reported with ${unquoted(String(row.etag))}`,
  });
}

type ObjectClaim = Pick<OssUpload, 'etag' | 'size'>;

/** Compares size and ETag where both are known: with `confirmObject: 'never'` a body may name neither. */
function isSameObject(one: ObjectClaim, other: ObjectClaim): boolean {
  return (
    (one.etag === null || other.etag === null || one.etag === other.etag) &&
    (one.size === null || other.size === null || one.size === other.size)
  );
}
