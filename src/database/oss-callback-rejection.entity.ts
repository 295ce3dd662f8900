import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A refused callback: enough to find out why, nothing that a stranger could fill a disk with. Of those that OSS had
 * not signed, one of a code is kept in a minute; a second row stands for the others of that minute.
 */
@Entity('oss_callback_rejections')
@Index(['rejectedAt'])
@Index(['signed', 'id'])
export class OssCallbackRejection {
  /** UUIDv7. */
  @PrimaryColumn('uuid')
  id!: string;

  /** When; of several, the first. */
  @Column('timestamp with time zone', { name: 'rejected_at' })
  rejectedAt!: Date;

  /** A code of the closed set, for example `TICKET_EXPIRED`. */
  @Column('text')
  code!: string;

  /** Reason and hint of the log, at most 256 characters; of several, the first's, as all that follows. */
  @Column('text')
  reason!: string;

  /** Whether OSS had signed the callback. */
  @Column('boolean')
  signed!: boolean;

  /** How many refusals of this code the row stands for. */
  @Column('integer')
  occurrences!: number;

  /** Path as received, without its query, at most 256 characters. */
  @Column('text')
  path!: string;

  /** The URL in `x-oss-pub-key-url`, at most 256 characters. */
  @Column('text', { name: 'public_key_url', nullable: true })
  publicKeyUrl!: string | null;

  /** Who sent it, by the trust-proxy setting of Express or Fastify, at most 256 characters. */
  @Column('text', { name: 'remote_address', nullable: true })
  remoteAddress!: string | null;

  /** SHA-256 of the body, hex. */
  @Column('text', { name: 'body_digest', nullable: true })
  bodyDigest!: string | null;

  /** Size of the body; 0 where it was not read. */
  @Column('integer', { name: 'body_bytes' })
  bodyBytes!: number;

  /** The upload id of the ticket, where the ticket was this app's. */
  @Column('uuid', { name: 'upload_id', nullable: true })
  uploadId!: string | null;
}
