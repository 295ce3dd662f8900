import type { DataSource } from 'typeorm';
import type { CustomVariableTexts } from '../variables/custom-variables.js';
import type { UploadTerms } from '../variables/upload-terms.js';
import { databaseError } from './database-error.js';
import { OssUploadTicket } from './oss-upload-ticket.entity.js';

/** What an app authorised, as the ticket's row keeps it. */
export interface AuthorisedUpload {
  terms: UploadTerms;
  bucket: string;
  object: string;
  variables: CustomVariableTexts;
  operation: string;
  expiresAt: Date;
}

/** Keeps the ticket rows, by which uploads whose callback got lost are found. */
export class TicketStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Returns when the row is durable.
   * @throws OssCallbackError `DATABASE_UNAVAILABLE`
   */
  async add({ terms, ...upload }: AuthorisedUpload): Promise<void> {
    const row: OssUploadTicket = {
      id: terms.uploadId,
      bucket: upload.bucket,
      object: upload.object,
      owner: terms.owner ?? null,
      variables: { ...upload.variables },
      minSizeBytes: terms.minSizeBytes,
      maxSizeBytes: terms.maxSizeBytes ?? null,
      contentTypes: [...terms.contentTypes],
      operation: upload.operation,
      uploadIdPinned: terms.uploadIdPinned,
      status: 'open',
      createdAt: new Date(),
      expiresAt: upload.expiresAt,
      acceptUntil: terms.acceptUntil,
      nextLookupAt: upload.expiresAt,
      closedAt: null,
    };
    try {
      await this.dataSource
        .createQueryBuilder()
        .insert()
        .into(OssUploadTicket)
        .values(row)
        .updateEntity(false)
        .execute();
    } catch (error) {
      throw databaseError(error);
    }
  }
}
