import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ObjectOptions } from '../protocol/object-options.js';
import { bigintAsNumber } from './column-transformers.js';

/**
 * `open`: the upload may still be reported. `completed`: it was. `expired`: nothing was uploaded. `ambiguous`: an
 * object exists at the key, but whether it came from this upload cannot be determined. `unresolved`: the bucket did not
 * answer until seven days after the ticket had ended.
 * @category Entities and migrations
 */
export type OssUploadTicketStatus = 'open' | 'completed' | 'expired' | 'ambiguous' | 'unresolved';

/**
 * One authorisation to upload. The row is durable before the app gets the authorisation.
 * @category Entities and migrations
 */
@Entity('oss_upload_tickets')
@Index(['status', 'expiresAt'])
@Index(['status', 'nextLookupAt'])
@Index(['bucket', 'object'])
export class OssUploadTicket {
  /** The upload id, UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** OSS's name of the bucket. */
  @Column('text')
  bucket!: string;

  /** Name (key) of the object that may be uploaded. */
  @Column('text')
  object!: string;

  /** The `owner` of the authorisation. */
  @Column('text', { nullable: true })
  owner!: string | null;

  /** Custom variables by property name, as text. */
  @Column('jsonb')
  variables!: Record<string, string>;

  /** Minimum size of the object, in bytes. */
  @Column('bigint', { name: 'min_size_bytes', transformer: bigintAsNumber })
  minSizeBytes!: number;

  /** Maximum size of the object, in bytes; null if there is none. */
  @Column('bigint', { name: 'max_size_bytes', nullable: true, transformer: bigintAsNumber })
  maxSizeBytes!: number | null;

  /** Allowed content types; empty if any is allowed. */
  @Column('jsonb', { name: 'content_types' })
  contentTypes!: string[];

  /**
   * Cache control, storage class, tags, metadata and other options authorised for the object, by their names in an
   * upload request; null if they are unknown.
   */
  @Column('jsonb', { name: 'object_options', nullable: true })
  objectOptions!: ObjectOptions | null;

  /** How it was authorised: `PostObject`, `PutObject`, … */
  @Column('text')
  operation!: string;

  /** Whether the upload was made to store `x-oss-meta-upload-id` with the object. */
  @Column('boolean', { name: 'upload_id_pinned' })
  uploadIdPinned!: boolean;

  /** See {@link OssUploadTicketStatus}. */
  @Column('text')
  status!: OssUploadTicketStatus;

  /** When the upload was authorised. */
  @Column('timestamp with time zone', { name: 'created_at' })
  createdAt!: Date;

  /** Until when the upload may start. */
  @Column('timestamp with time zone', { name: 'expires_at' })
  expiresAt!: Date;

  /** Until when it may be reported. */
  @Column('timestamp with time zone', { name: 'accept_until' })
  acceptUntil!: Date;

  /** When the reconciliation looks for the object, or looked for it last. */
  @Column('timestamp with time zone', { name: 'next_lookup_at', nullable: true })
  nextLookupAt!: Date | null;

  /** When the ticket stopped being `open`. */
  @Column('timestamp with time zone', { name: 'closed_at', nullable: true })
  closedAt!: Date | null;
}
