import type { DataSource } from 'typeorm';
import type { ObjectOptions } from '../protocol/object-options.js';
import type { CustomVariableTexts } from '../variables/custom-variables.js';
import type { UploadTerms } from '../variables/upload-terms.js';
import { BatchedInsert } from '../database/batched-insert.js';
import { databaseError } from '../database/database-error.js';
import { EntitySql } from '../database/entity-sql.js';
import { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import { OssUpload } from '../database/oss-upload.entity.js';

/** An authorised upload, as its ticket's row stores it. */
export interface AuthorisedUpload {
  terms: UploadTerms;
  bucket: string;
  object: string;
  variables: CustomVariableTexts;
  objectOptions: ObjectOptions;
  operation: string;
  expiresAt: Date;
}

export interface RivalSearch extends Pick<OssUpload, 'bucket' | 'object' | 'etag'> {
  /** When the object was stored; default now. */
  storedAt?: Date;
}

/** OSS reports whole seconds, and clocks differ slightly. */
const CLOCK_MARGIN_MS = 2_000;

/** Stores the rows of tickets, from which uploads whose callback got lost are found. */
export class TicketStore {
  private readonly inserts: BatchedInsert<OssUploadTicket>;
  private readonly tickets: EntitySql<OssUploadTicket>;
  private readonly uploads: EntitySql<OssUpload>;

  constructor(private readonly dataSource: DataSource) {
    this.inserts = new BatchedInsert(dataSource, OssUploadTicket, 'id');
    this.tickets = new EntitySql(dataSource, OssUploadTicket);
    this.uploads = new EntitySql(dataSource, OssUpload);
  }

  /**
   * Whether another upload may have stored an object that names no upload id: one with a ticket for the same key that
   * was valid when the object was stored, and that did not complete with a different object.
   */
  async hasRival(
    uploadId: string,
    { bucket, object, etag, storedAt = new Date() }: RivalSearch,
  ): Promise<boolean> {
    const createdBefore = new Date(storedAt.getTime() + CLOCK_MARGIN_MS);
    const { tickets, uploads } = this;
    const ticket = (property: keyof OssUploadTicket) => `ticket.${tickets.column(property)}`;
    const upload = (property: keyof OssUpload) => `upload.${uploads.column(property)}`;
    const statement = `
      SELECT FROM ${tickets.table} ticket
      LEFT JOIN ${uploads.table} upload ON ${upload('id')} = ${ticket('id')}
      WHERE ${ticket('bucket')} = $1 AND ${ticket('object')} = $2 AND ${ticket('id')} <> $3
        AND ${ticket('acceptUntil')} > $4 AND ${ticket('createdAt')} < $5
        AND (${upload('id')} IS NULL OR ${upload('etag')} = $6)
      LIMIT 1`;
    const parameters = [bucket, object, uploadId, storedAt, createdBefore, etag];
    try {
      // a query builder might read from a replica
      return (await this.dataSource.query<unknown[]>(statement, parameters)).length > 0;
    } catch (error) {
      throw databaseError('The upload could not be confirmed.', error);
    }
  }

  /**
   * Resolves when the row is durable.
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
      objectOptions: upload.objectOptions,
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
      await this.inserts.insert(row);
    } catch (error) {
      throw databaseError('The upload could not be authorised.', error);
    }
  }
}
