import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { ResolvedOssCallbackOptions } from '../../oss-callback.options.js';
import { EntitySql } from '../entity-sql.js';
import type { HandlerSlots } from './handler-slots.js';
import { completeInTransaction } from './handler-transaction.js';
import { OssUpload } from '../oss-upload.entity.js';
import type { UploadAttempts } from './upload-attempts.js';
import type { UploadHandlers } from './upload-handlers.js';

/** Runs the handlers of an upload whose attempt this process holds. */
export class UploadCompletion {
  private readonly logger = new Logger('OssCallback');
  private readonly sql: EntitySql<OssUpload>;
  private readonly timeoutMs: number;

  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: UploadHandlers,
    private readonly attempts: UploadAttempts,
    private readonly slots: HandlerSlots,
    options: Pick<ResolvedOssCallbackOptions, 'handlers'>,
  ) {
    this.sql = new EntitySql(dataSource, OssUpload);
    this.timeoutMs = (options.handlers || { timeoutSeconds: 0 }).timeoutSeconds * 1_000;
  }

  /** Called with the time at which a failed upload may be tried again. */
  onRetry: (at: Date) => void = () => undefined;

  /**
   * Completes an upload, or notes why not; handlers that fail are no error of this.
   * @param upload as it was claimed, or recorded with its first attempt
   * @returns the row as it is now
   */
  complete(upload: OssUpload): Promise<OssUpload> {
    return this.slots.run(async () => {
      try {
        if (this.attempts.isOver(upload)) {
          return await this.fail(
            upload,
            upload.lastError ??
              'the handlers never ended: the process died each time, or lost its database',
          );
        }
        return await this.run(upload);
      } catch (error) {
        // The lease ends, and the reconciliation takes the upload up.
        this.logger.error(`Upload ${upload.id} stays received: ${describe(error)}`);
        return upload;
      }
    });
  }

  /** Resolves when no handler runs or waits. */
  drain(): Promise<void> {
    return this.slots.whenIdle();
  }

  private async run(upload: OssUpload): Promise<OssUpload> {
    const { dataSource, sql, timeoutMs } = this;
    const handlers = this.handlers.matching(upload);
    let completedAt: Date | undefined;
    try {
      completedAt = await completeInTransaction({ dataSource, sql, upload, handlers, timeoutMs });
    } catch (error) {
      return this.fail(upload, describe(error), error);
    }
    if (!completedAt) return this.read(upload);
    return Object.assign(new OssUpload(), upload, {
      status: 'completed',
      completedAt,
      nextAttemptAt: null,
      lastError: null,
    });
  }

  private async fail(upload: OssUpload, reason: string, error?: unknown): Promise<OssUpload> {
    const failed = await this.attempts.fail(upload, reason);
    if (!failed) return this.read(upload);
    const stack = error instanceof Error ? error.stack : undefined;
    const attempt = `attempt ${failed.attempts}`;
    if (failed.status === 'abandoned') {
      this.logger.error(
        `Upload ${upload.id} is ABANDONED after ${attempt}: ${reason}. It is not tried again; its row in the table of uploads keeps the reason.`,
        stack,
      );
    } else {
      this.logger.warn(
        `Upload ${upload.id} failed (${attempt}), next at ${failed.nextAttemptAt?.toISOString()}: ${reason}`,
        stack,
      );
      if (failed.nextAttemptAt) this.onRetry(failed.nextAttemptAt);
    }
    return failed;
  }

  private async read(upload: OssUpload): Promise<OssUpload> {
    return (await this.dataSource.manager.findOneBy(OssUpload, { id: upload.id })) ?? upload;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
