import type { Readable } from 'node:stream';
import type { OnModuleDestroy } from '@nestjs/common';
import type { DataSource } from 'typeorm';
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
import { checkFilter, checkWholeNumber, type OssUploadFilter } from './queries/upload-filter.js';
import { findUploadPage, type OssUploadPage } from './queries/upload-page.js';
import { type OssUploadPurge, purgeUploads } from './queries/upload-purge.js';
import { readUploadStatus, type UploadStatusReport } from './queries/upload-status.js';

export interface OssUploadPageRequest extends OssUploadFilter {
  /** How many records, 1 to 1,000; default 50. */
  limit?: number;
  /** `nextCursor` of the page before, with the same filter; without it the first page. */
  cursor?: string;
}

const MAX_LIMIT = 1_000;

/** Reads the records of uploads. Every method throws `INVALID_FILTER` where it is asked for what cannot be. */
export class OssUploadAudit implements OnModuleDestroy {
  private readonly feed: UploadFeed;

  constructor(private readonly dataSource: DataSource) {
    this.feed = new UploadFeed(dataSource);
  }

  /** @param id the upload id; for any other text there is no record */
  async get(id: string): Promise<OssUpload | null> {
    return isUuid(id) ? this.dataSource.manager.findOneBy(OssUpload, { id }) : null;
  }

  /** What became of an upload, also where nothing is recorded yet. */
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
   * How many records there are. Exact: it reads an index entry or a row for each, which takes seconds where there are
   * millions.
   * @param options `atMost`: stop counting here, 1 to 1,000,000, so that a page can say "more than 10,000"
   */
  async count(filter: OssUploadFilter = {}, options: { atMost?: number } = {}): Promise<number> {
    const { atMost } = options;
    if (atMost !== undefined) checkWholeNumber('atMost', atMost, 1, 1_000_000);
    return countUploads(this.dataSource, checkFilter(filter), atMost);
  }

  /**
   * All records that the filter leaves, the latest received first, as a stream of UTF-8 text for a file or a response.
   * It reads page by page, as fast as it is taken, and holds no transaction: what arrives meanwhile is left out.
   */
  export(filter: OssUploadFilter, options: OssUploadExportOptions): Readable {
    return exportUploads(this.dataSource, checkFilter(filter), options);
  }

  /**
   * Deletes old records with their tickets, in batches without long locks; any number of processes may do it at once.
   * A record stays as long as its ticket may be reported, since it is what makes a second delivery a second one, and
   * where it has no ticket.
   * @returns how many records were deleted
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`; the batches before are deleted then
   */
  async purge(purge: OssUploadPurge): Promise<number> {
    return purgeUploads(this.dataSource, purge);
  }

  /** A page of the tickets in one status; without one, of those that are `ambiguous`. */
  async tickets(request: OssUploadTicketRequest = {}): Promise<OssUploadTicketPage> {
    return findTicketPage(this.dataSource, request);
  }

  /**
   * New and changed records of all processes, about a second after they are there. One poll of the database serves all
   * who watch in this process.
   * @throws OssCallbackError `OVERLOADED` where a thousand watch already, none of them with more than a fair share
   */
  watch(filter: OssUploadWatchFilter = {}, options: OssUploadWatchOptions = {}): OssUploadWatch {
    return this.feed.watch(checkWatchFilter(filter), options);
  }

  onModuleDestroy(): void {
    this.feed.close();
  }
}
