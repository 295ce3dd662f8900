import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { createUploadId } from '../ticket/upload-id.js';
import { OssCallbackRejection } from './oss-callback-rejection.entity.js';

export type RejectionFacts = Omit<OssCallbackRejection, 'id' | 'rejectedAt'>;

const MAX_WAITING = 1_000;
const MAX_TEXT_LENGTH = 256;

/**
 * Writes refused callbacks in batches, off the request's path. What comes faster than the database takes it is
 * dropped and counted: refusals must not cost what accepted callbacks need.
 */
export class RejectionRecorder {
  private readonly logger = new Logger('OssCallback');
  private waiting: OssCallbackRejection[] = [];
  private dropped = 0;
  private writing: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  add(facts: RejectionFacts): void {
    if (this.waiting.length >= MAX_WAITING) {
      this.dropped += 1;
      return;
    }
    const rejectedAt = new Date();
    this.waiting.push({
      ...facts,
      reason: cut(facts.reason),
      url: cut(facts.url),
      publicKeyUrl: facts.publicKeyUrl && cut(facts.publicKeyUrl),
      id: createUploadId(rejectedAt.getTime()),
      rejectedAt,
    });
    this.writing ??= this.writeAll();
  }

  /** Waits until what was added is written. */
  async flush(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.dataSource
          .createQueryBuilder()
          .insert()
          .into(OssCallbackRejection)
          .values(batch)
          .updateEntity(false)
          .execute();
      } catch (error) {
        this.dropped += batch.length;
        this.logger.error(`Refused callbacks could not be recorded: ${String(error)}`);
      }
    }
    if (this.dropped > 0) {
      this.logger.warn(`${this.dropped} refused callbacks were not recorded`);
      this.dropped = 0;
    }
    // In the same turn as the last look at what waits: what is added from now on begins anew.
    this.writing = undefined;
  }
}

/** PostgreSQL takes no NUL in a text. */
function cut(text: string): string {
  return text.slice(0, MAX_TEXT_LENGTH).replaceAll('\0', '');
}
