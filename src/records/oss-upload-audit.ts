import type { Readable } from 'node:stream';
import type { OnModuleDestroy } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { OssCallbackError } from '../common/errors.js';
import { isUuid } from '../ticket/upload-id.js';
import { UploadFeed } from './feed/upload-feed.js';
import {
  checkWatchFilter,
  type OssUploadWatch,
  type OssUploadWatchFilter,
  type OssUploadWatchOptions,
} from './feed/upload-watch.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import { decodeCursor } from './queries/page-cursor.js';
import {
  findTicketPage,
  type OssUploadTicketPage,
  type OssUploadTicketRequest,
} from './queries/ticket-page.js';
import { countUploads } from './queries/upload-count.js';
import { exportUploads, type OssUploadExportOptions } from './export/upload-export.js';
import {
  checkFilter,
  checkOneOf,
  checkWholeNumber,
  type OssUploadFilter,
} from './queries/upload-filter.js';
import { findUploadPage, type OssUploadPage } from './queries/upload-page.js';
import {
  type OssUploadPurge,
  type OssUploadPurgeResult,
  purgeUploads,
} from './queries/upload-purge.js';
import {
  type OssUploadRetry,
  type OssUploadRetryResult,
  retryUploads,
} from './queries/upload-retry.js';
import { TICKET_DECISIONS, type TicketDecision, type TicketDecisions } from './ticket-decision.js';
import { readUploadStatus, type UploadStatusReport } from './queries/upload-status.js';

/**
 * Which page of the records to read, and of which ones.
 * @category Records
 */
export interface OssUploadPageRequest extends OssUploadFilter {
  /** How many records, 1 to 1,000; default 50. */
  limit?: number;
  /** `nextCursor` of the page before, with the same filter; without it the first page. */
  cursor?: string;
}

const MAX_LIMIT = 1_000;

/**
 * Reads the records of uploads, and acts on them. Every method throws `INVALID_FILTER` for invalid arguments.
 * @category Records
 */
export class OssUploadAudit implements OnModuleDestroy {
  private readonly feed: UploadFeed;

  /** @internal */
  constructor(
    private readonly dataSource: DataSource,
    private readonly decisions: TicketDecisions,
  ) {
    this.feed = new UploadFeed(dataSource);
  }

  /**
   * Reads one record.
   * @param id the upload id; any other text finds no record
   * @returns null if there is no record: the upload is not reported yet, was never authorised, or its record is
   *   deleted
   */
  async get(id: string): Promise<OssUpload | null> {
    return isUuid(id) ? this.dataSource.manager.findOneBy(OssUpload, { id }) : null;
  }

  /** The status of an upload, also before it is recorded. */
  status(uploadId: string): Promise<UploadStatusReport> {
    return readUploadStatus(this.dataSource, uploadId);
  }

  /** A page of the records, the latest received first. A deep page costs no more than the first one. */
  async find({ limit = 50, cursor, ...filter }: OssUploadPageRequest = {}): Promise<OssUploadPage> {
    return findUploadPage(this.dataSource, {
      filter: checkFilter(filter),
      limit: checkWholeNumber('limit', limit, 1, MAX_LIMIT),
      after: cursor === undefined ? undefined : decodeCursor(cursor),
    });
  }

  /**
   * Counts the records. Exact: it reads an index entry or a row for each, which takes seconds for millions.
   * @param options `atMost`: where to stop counting, 1 to 1,000,000, so that a page can say "more than 10,000"
   */
  async count(filter: OssUploadFilter = {}, options: { atMost?: number } = {}): Promise<number> {
    const { atMost } = options;
    if (atMost !== undefined) checkWholeNumber('atMost', atMost, 1, 1_000_000);
    return countUploads(this.dataSource, checkFilter(filter), atMost);
  }

  /**
   * All records that match the filter, the latest received first, as a stream of UTF-8 text for a file or a response.
   * Reads page by page, as fast as it is consumed, without a transaction: records that arrive meanwhile are left out.
   */
  export(filter: OssUploadFilter, options: OssUploadExportOptions): Readable {
    return exportUploads(this.dataSource, checkFilter(filter), options);
  }

  /**
   * Deletes old records with their tickets, in batches without long locks; any number of processes may do so at once.
   * A record is kept while its ticket may be reported, since it is what identifies a second delivery, and if it has
   * no ticket. A record that a table of the app's references is kept and counted.
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`; earlier batches stay deleted
   */
  async purge(purge: OssUploadPurge): Promise<OssUploadPurgeResult> {
    return purgeUploads(this.dataSource, purge);
  }

  /**
   * Retries uploads that were `abandoned`, for example after a handler was fixed: their attempts start over, and
   * the next reconciliation run resumes them. Those whose object could not be confirmed are looked up first.
   * With `status: 'failed'`, uploads are retried without waiting for their pause. An empty object means all abandoned uploads.
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`
   */
  async retry(retry: OssUploadRetry): Promise<OssUploadRetryResult> {
    return retryUploads(this.dataSource, retry);
  }

  /**
   * Decides a ticket that is `ambiguous` or `unresolved`: see {@link TicketDecision}. `accept` is for ambiguous ones
   * only; it queries the bucket, records the upload, and runs its handlers if this process has them.
   * @returns the upload's new status
   * @throws OssCallbackError `UPLOAD_NOT_FOUND` if there is no such ticket; from `accept`, after which the ticket is as
   *   before: `OSS_UNAVAILABLE` if the bucket does not answer, `OBJECT_MISSING` or `OBJECT_MISMATCH` if it has no such object
   */
  async resolve(ticketId: string, decision: TicketDecision): Promise<UploadStatusReport> {
    checkOneOf('decision', decision, TICKET_DECISIONS);
    if (!isUuid(ticketId)) {
      throw new OssCallbackError('UPLOAD_NOT_FOUND', 'There is no such ticket.');
    }
    await this.decisions.carryOut(ticketId, decision);
    return this.status(ticketId);
  }

  /** A page of the tickets in one status, by default `ambiguous`. */
  async tickets(request: OssUploadTicketRequest = {}): Promise<OssUploadTicketPage> {
    return findTicketPage(this.dataSource, request);
  }

  /**
   * New and changed records of all processes, about a second after they are written. All watches of this process share
   * one poll of the database.
   * @throws OssCallbackError `OVERLOADED` if all 1,000 places are taken and no viewer has more than a fair share
   */
  watch(filter: OssUploadWatchFilter = {}, options: OssUploadWatchOptions = {}): OssUploadWatch {
    return this.feed.watch(checkWatchFilter(filter), options);
  }

  /** @internal */
  onModuleDestroy(): void {
    this.feed.close();
  }
}
