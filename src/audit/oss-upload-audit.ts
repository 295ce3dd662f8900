import type { DataSource, FindOptionsWhere } from 'typeorm';
import { isUuid } from '../ticket/upload-id.js';
import { OssUpload, type OssUploadStatus } from './oss-upload.entity.js';
import { readUploadStatus, type UploadStatusReport } from './upload-status.js';

export interface OssUploadFilter {
  owner?: string;
  /** OSS's name of the bucket. */
  bucket?: string;
  object?: string;
  status?: OssUploadStatus;
  /** At most 1,000; default 50. */
  limit?: number;
}

/** Reads the records of uploads. */
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

  /** The latest first. */
  find({ limit = 50, ...filter }: OssUploadFilter = {}): Promise<OssUpload[]> {
    const given = Object.entries(filter).filter(([, value]) => value !== undefined);
    return this.dataSource.manager.find(OssUpload, {
      where: Object.fromEntries(given) as FindOptionsWhere<OssUpload>,
      order: { id: 'DESC' },
      take: Math.min(Math.max(1, limit), 1_000),
    });
  }
}
