import type { DataSource } from 'typeorm';
import { isUuid } from '../ticket/upload-id.js';
import { OssUpload } from './oss-upload.entity.js';
import { decodeCursor } from './page-cursor.js';
import { checkFilter, checkWholeNumber, type OssUploadFilter } from './upload-filter.js';
import { findUploadPage, type OssUploadPage } from './upload-page.js';
import { readUploadStatus, type UploadStatusReport } from './upload-status.js';

export interface OssUploadPageRequest extends OssUploadFilter {
  /** How many records, 1 to 1,000; default 50. */
  limit?: number;
  /** `nextCursor` of the page before, with the same filter; without it the first page. */
  cursor?: string;
}

const MAX_LIMIT = 1_000;

/** Reads the records of uploads. Every method throws `INVALID_FILTER` where it is asked for what cannot be. */
export class OssUploadAudit {
  constructor(private readonly dataSource: DataSource) {}

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
}
