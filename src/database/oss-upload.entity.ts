import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { describeForOpenApi } from '../variables/openapi.js';
import { bigintAsNumber } from './column-transformers.js';
import { ossUploadProperties } from './oss-upload.openapi.js';

/**
 * `received`: verified and durable, handlers not finished. `completed`: the handlers' writes are committed (at once if
 * no handler matches). `failed`: handlers threw and will be tried again. `abandoned`: tried to the limit, or the bucket
 * did not answer until seven days after the upload had ended. `rejected`: the object violates its ticket, or the bucket
 * says that it does not exist.
 * @category Entities and migrations
 */
export type OssUploadStatus = 'received' | 'completed' | 'failed' | 'abandoned' | 'rejected';

/**
 * How an upload became known: by its callback, or by the reconciliation.
 * @category Entities and migrations
 */
export type OssUploadSource = 'callback' | 'reconciliation';

/**
 * One completed upload. Size, ETag, crc64, type, version and time come from the bucket once `confirmedAt` is
 * set; until then they are the callback's claims.
 * @category Entities and migrations
 */
@Entity('oss_uploads')
@Index(['identity'], { unique: true })
@Index(['owner', 'receivedAt'])
@Index(['object', 'receivedAt'])
@Index(['status', 'receivedAt'])
export class OssUpload {
  /** UUIDv7; the ticket's upload id, if there is a ticket. */
  @PrimaryColumn('uuid')
  id!: string;

  /** `ticket:<id>`, `req:<OSS's request id>` or `sha256:<digest>`. The one unique index decides what is one upload. */
  @Column('text')
  identity!: string;

  /** OSS's name of the bucket. */
  @Column('text')
  bucket!: string;

  /** Name (key) of the object in the bucket. */
  @Column('text')
  object!: string;

  /** Upper-case hex without quotes; for a multipart upload, followed by a hyphen and the number of parts. */
  @Column('text', { nullable: true })
  etag!: string | null;

  /** In bytes. */
  @Column('bigint', { nullable: true, transformer: bigintAsNumber })
  size!: number | null;

  /** The object's Content-Type. */
  @Column('text', { name: 'mime_type', nullable: true })
  mimeType!: string | null;

  /** CRC-64 (ECMA) of the object's bytes, in decimal digits. */
  @Column('text', { nullable: true })
  crc64!: string | null;

  /** MD5 of the object's bytes, base64; multipart uploads have none. */
  @Column('text', { name: 'content_md5', nullable: true })
  contentMd5!: string | null;

  /** The object's version, if the bucket keeps versions. */
  @Column('text', { name: 'version_id', nullable: true })
  versionId!: string | null;

  /** When OSS stored the object, to the second. */
  @Column('timestamp with time zone', { name: 'last_modified', nullable: true })
  lastModified!: Date | null;

  /** In pixels. A claim of the callback's body, like the six that follow: signed by OSS, not confirmed by the bucket. */
  @Column('integer', { name: 'image_width', nullable: true })
  imageWidth!: number | null;

  /** In pixels. */
  @Column('integer', { name: 'image_height', nullable: true })
  imageHeight!: number | null;

  /** Such as `jpg`. */
  @Column('text', { name: 'image_format', nullable: true })
  imageFormat!: string | null;

  /** Address of the uploader. */
  @Column('text', { name: 'client_ip', nullable: true })
  clientIp!: string | null;

  /** The VPC that the upload came from. */
  @Column('text', { name: 'vpc_id', nullable: true })
  vpcId!: string | null;

  /** OSS's id of the upload request. */
  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  /** `PutObject`, `PostObject` or `CompleteMultipartUpload`. */
  @Column('text', { nullable: true })
  operation!: string | null;

  /** The `owner` of the authorisation; never taken from a request. */
  @Column('text', { nullable: true })
  owner!: string | null;

  /** Custom variables by property name, as text. */
  @Column('jsonb')
  variables!: Record<string, string>;

  /** `callback`, or `reconciliation` if the upload was found without one. */
  @Column('text')
  source!: OssUploadSource;

  /** See {@link OssUploadStatus}. */
  @Column('text')
  status!: OssUploadStatus;

  /** How often the handlers were started. */
  @Column('integer')
  attempts!: number;

  /** When the next attempt may start: the end of a lease or of a pause. Null if nothing is left to do. */
  @Column('timestamp with time zone', { name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  /** Why the last attempt failed, or how the object violates its ticket; at most 256 characters. */
  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;

  /** When the bucket confirmed the object; null if it was not asked. */
  @Column('timestamp with time zone', { name: 'confirmed_at', nullable: true })
  confirmedAt!: Date | null;

  /** Whether the callback carried a ticket of this app. */
  @Column('boolean')
  ticketed!: boolean;

  /** SHA-256 of the public key that verified the callback, hex; null for reconciled uploads. */
  @Column('text', { name: 'public_key_fingerprint', nullable: true })
  publicKeyFingerprint!: string | null;

  /** ETag of another object that was reported for the same upload after this one had completed. */
  @Column('text', { name: 'superseded_etag', nullable: true })
  supersededEtag!: string | null;

  /** When the callback came, or the reconciliation found the upload. */
  @Column('timestamp with time zone', { name: 'received_at' })
  receivedAt!: Date;

  /** When the handlers' writes were committed. */
  @Column('timestamp with time zone', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;
}

describeForOpenApi(OssUpload, () => ossUploadProperties);
