import type { DataSource } from 'typeorm';
import type { HandlerSlots } from '../completion/handler-slots.js';
import type {
  DueUploadKind,
  DueUploadsSearch,
  UploadAttempts,
} from '../completion/upload-attempts.js';
import { EntitySql } from '../database/entity-sql.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import type { UploadConfirmation } from '../recording/upload-confirmation.js';
import type { InterruptedUploads } from './interrupted-uploads.js';
import { forgottenBefore } from './lookup-times.js';
import type { LostUploads } from './lost-uploads.js';
import type { OverdueTickets } from './overdue-tickets.js';
import type { ReconciledUpload } from './reconciliation-report.js';
import type { ReconciliationRun } from './reconciliation-run.js';

/** How many objects a run asks for at once, for lost uploads and again for unconfirmed ones. */
const LOOKUPS_AT_ONCE = 8;

/** What a run does with uploads: it looks for lost ones, confirms unconfirmed ones, and resumes interrupted ones. */
export class DueUploads {
  /** OSS's names. */
  private readonly buckets: readonly string[];
  private readonly uploads: EntitySql<OssUpload>;

  constructor(
    dataSource: DataSource,
    { buckets }: Pick<ResolvedOssCallbackOptions, 'buckets'>,
    private readonly parts: {
      attempts: UploadAttempts;
      slots: HandlerSlots;
      confirmation: UploadConfirmation;
      tickets: OverdueTickets;
      lost: LostUploads;
      interrupted: InterruptedUploads;
    },
  ) {
    this.uploads = new EntitySql(dataSource, OssUpload);
    this.buckets = [...buckets.values()].map(({ bucket }) => bucket);
  }

  /**
   * In parallel: looking for objects must not wait for the handlers of interrupted uploads.
   * @returns one list for each kind of work, all of which have begun
   */
  settle(run: ReconciliationRun, limit: number): Promise<ReconciledUpload[]>[] {
    return run.dryRun
      ? [this.foresee(run, limit), this.findLost(run, limit)]
      : [...this.lookUp(run, limit), this.resumeInterrupted(run, limit)];
  }

  /** First for uploads that have a row: the tickets of those that this settles are closed in the same run. */
  private lookUp(run: ReconciliationRun, limit: number): Promise<ReconciledUpload[]>[] {
    const confirmed: OssUpload[] = [];
    const asked = this.confirmUnconfirmed(run, limit, confirmed);
    return [
      asked,
      asked.then(() => this.findLost(run, limit)),
      asked.then(() => this.complete(run, confirmed)),
    ];
  }

  /** Recorded uploads whose object the bucket has yet to confirm. */
  private confirmUnconfirmed(
    run: ReconciliationRun,
    limit: number,
    confirmed: OssUpload[],
  ): Promise<ReconciledUpload[]> {
    const { attempts, interrupted } = this.parts;
    const search = () => this.recordedOf(run, 'unconfirmed');
    return run.take(limit, {
      atOnce: LOOKUPS_AT_ONCE,
      find: (atMost) => attempts.findDue(search(), atMost),
      settle: (row) => interrupted.confirm(row, search(), confirmed),
      refused: attempts.refused,
    });
  }

  /** @param confirmed leased to this process */
  private complete(run: ReconciliationRun, confirmed: OssUpload[]): Promise<ReconciledUpload[]> {
    const { attempts, interrupted, slots } = this.parts;
    return run.take(confirmed.length, {
      atOnce: slots.size,
      find: async () => confirmed.splice(0),
      settle: (upload, isOver) => interrupted.complete(upload, isOver),
      refused: attempts.refused,
    });
  }

  /** Confirmed uploads whose handlers failed or were interrupted. */
  private async resumeInterrupted(
    run: ReconciliationRun,
    limit: number,
  ): Promise<ReconciledUpload[]> {
    const { attempts, interrupted, slots } = this.parts;
    const take = (kind: DueUploadKind, atMost: number, atOnce: number) =>
      run.take(atMost, {
        atOnce,
        find: (left) => attempts.findDue(this.recordedOf(run, kind), left),
        settle: (row, isOver) => interrupted.resume(row, this.recordedOf(run, kind), isOver),
        refused: attempts.refused,
      });
    const most = await take('interrupted', limit, slots.size);
    // One at a time: a handler that crashes the process must not cost other uploads an attempt.
    const left = limit - most.length;
    return left > 0 ? [...most, ...(await take('crashSuspect', left, 1))] : most;
  }

  /** Recorded uploads that a run would resume. */
  private async foresee(run: ReconciliationRun, limit: number): Promise<ReconciledUpload[]> {
    const due = await this.parts.attempts.findDue(this.recordedOf(run), limit);
    const ids = due.map(({ id }) => id);
    const rows = new Map((await this.uploads.findBy('id', ids)).map((row) => [row.id, row]));
    return ids.flatMap((id) => rows.get(id) ?? []).map(waiting);
  }

  private searchOf({ unreachableBuckets, uploadIds }: ReconciliationRun) {
    return {
      buckets: this.buckets,
      unreachableBuckets,
      forgottenBefore: forgottenBefore(new Date()),
      only: uploadIds,
    };
  }

  private recordedOf(run: ReconciliationRun, kind?: DueUploadKind): DueUploadsSearch {
    const { isOff: confirmationIsOff } = this.parts.confirmation;
    return { ...this.searchOf(run), kind, confirmationIsOff, alsoWaiting: run.isOfNamed };
  }

  /** Uploads that were not reported. */
  private findLost(run: ReconciliationRun, limit: number): Promise<ReconciledUpload[]> {
    const { tickets, lost } = this.parts;
    const { dryRun } = run;
    const search = () => ({ ...this.searchOf(run), alsoEarly: run.isOfNamed });
    return run.take(limit, {
      atOnce: LOOKUPS_AT_ONCE,
      find: (atMost) => tickets.findOverdue(search(), atMost),
      settle: async ({ id }) => {
        const ticket = await (dryRun ? tickets.read(id) : tickets.lease(search(), id));
        if (!ticket) return undefined;
        return lost.settle(ticket, await this.uploads.findOneBy('id', id), { dryRun });
      },
      refused: tickets.refused,
    });
  }
}

function waiting({ id: uploadId, bucket, object, status, lastError }: OssUpload): ReconciledUpload {
  return { uploadId, bucket, object, outcome: status, reason: lastError ?? undefined };
}
