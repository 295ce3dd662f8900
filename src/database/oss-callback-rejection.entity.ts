import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A refused callback: enough to find out why, but bounded, so that attackers cannot fill the disk. Of callbacks that
 * OSS did not sign, one per code and minute has its own row; a second row counts the others of that minute.
 * @category Entities and migrations
 */
@Entity('oss_callback_rejections')
@Index(['rejectedAt'])
@Index(['signed', 'id'])
export class OssCallbackRejection {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** When it was refused; for several, the first of them. */
  @Column('timestamp with time zone', { name: 'rejected_at' })
  rejectedAt!: Date;

  /** A code of the closed set, for example `TICKET_EXPIRED`. */
  @Column('text')
  code!: string;

  /**
   * Reason and hint as in the log, at most 256 characters. For several refusals, this and the facts below are those of
   * the first.
   */
  @Column('text')
  reason!: string;

  /** Whether OSS had signed the callback. */
  @Column('boolean')
  signed!: boolean;

  /** How many refusals of this code the row counts. */
  @Column('integer')
  occurrences!: number;

  /** Path as received, without its query, at most 256 characters. */
  @Column('text')
  path!: string;

  /** The URL in `x-oss-pub-key-url`, at most 256 characters. */
  @Column('text', { name: 'public_key_url', nullable: true })
  publicKeyUrl!: string | null;

  /** The sender's address, by the trust-proxy setting of Express or Fastify, at most 256 characters. */
  @Column('text', { name: 'remote_address', nullable: true })
  remoteAddress!: string | null;

  /** SHA-256 of the body, hex. */
  @Column('text', { name: 'body_digest', nullable: true })
  bodyDigest!: string | null;

  /** Size of the body; 0 if it was not read. */
  @Column('integer', { name: 'body_bytes' })
  bodyBytes!: number;

  /** The upload id of the ticket, if the ticket is this app's. */
  @Column('uuid', { name: 'upload_id', nullable: true })
  uploadId!: string | null;
}
