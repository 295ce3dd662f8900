import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One refused callback: enough to find out why, nothing that a stranger could fill a disk with. */
@Entity('oss_callback_rejections')
@Index(['rejectedAt'])
export class OssCallbackRejection {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('timestamp with time zone', { name: 'rejected_at' })
  rejectedAt!: Date;

  /** A code of the closed set, for example `TICKET_EXPIRED`. */
  @Column('text')
  code!: string;

  /** Reason and hint of the log, at most 256 characters. */
  @Column('text')
  reason!: string;

  /** Whether OSS had signed the callback. */
  @Column('boolean')
  signed!: boolean;

  /** Path with query as received, at most 256 characters. */
  @Column('text')
  url!: string;

  /** The URL in `x-oss-pub-key-url`, at most 256 characters. */
  @Column('text', { name: 'public_key_url', nullable: true })
  publicKeyUrl!: string | null;

  /** Who connected. */
  @Column('text', { name: 'remote_address', nullable: true })
  remoteAddress!: string | null;

  /** SHA-256 of the body, hex. */
  @Column('text', { name: 'body_digest', nullable: true })
  bodyDigest!: string | null;

  @Column('integer', { name: 'body_bytes' })
  bodyBytes!: number;

  /** The upload id of the ticket, where the ticket was this app's. */
  @Column('uuid', { name: 'upload_id', nullable: true })
  uploadId!: string | null;
}
