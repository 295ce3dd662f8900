import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { createUploadId } from '../ticket/upload-id.js';
import { OssCallbackRejection } from './oss-callback-rejection.entity.js';

export type RejectionFacts = Omit<OssCallbackRejection, 'id' | 'rejectedAt'>;

const MAX_WAITING = 1_000;
/** Any customer of OSS can have refusals signed; more than this are not kept. */
const MAX_PER_MINUTE = 600;
const MAX_TEXT_LENGTH = 256;

/**
 * Writes refused callbacks in batches, off the request's path. What comes faster than the database takes it is
 * dropped and counted: refusals must not cost what accepted callbacks need.
 */
export class RejectionRecorder {
  private readonly logger = new Logger('OssCallback');
  private waiting: OssCallbackRejection[] = [];
  private dropped = 0;
  private minute = 0;
  private keptInMinute = 0;
  private writing: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  add(facts: RejectionFacts): void {
    const rejectedAt = new Date();
    if (this.waiting.length >= MAX_WAITING || !this.hasBudget(rejectedAt)) {
      this.dropped += 1;
      return;
    }
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

  private hasBudget(now: Date): boolean {
    const minute = Math.floor(now.getTime() / 60_000);
    if (minute !== this.minute) {
      this.minute = minute;
      this.keptInMinute = 0;
    }
    this.keptInMinute += 1;
    return this.keptInMinute <= MAX_PER_MINUTE;
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
