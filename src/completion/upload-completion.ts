import type { DataSource } from 'typeorm';
import { messageOf } from '../common/error-text.js';
import { handlersChannel, type OssHandlersMessage, publish } from '../common/channels.js';
import type { LogFields } from '../common/log-fields.js';
import { Log } from '../common/log.js';
import { logText, unquoted } from '../common/log-text.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { EntitySql } from '../database/entity-sql.js';
import type { OnCompleted } from './completion-log.js';
import type { HandlerSlots } from './handler-slots.js';
import { completeInTransaction, HandlerError } from './handler-transaction.js';
import {
  type AttemptTimes,
  HandlerTransactionStatements,
} from './handler-transaction-statements.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadAttempts } from './upload-attempts.js';
import type { UploadHandlers } from './upload-handlers.js';

/** Runs the handlers of uploads, as slots become free. */
export class UploadCompletion {
  private readonly log = new Log();
  private readonly sql: EntitySql<OssUpload>;
  private statements: HandlerTransactionStatements | undefined;
  private readonly times: AttemptTimes;

  /** @param onRetry called with the time of a failed upload's next attempt */
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: UploadHandlers,
    private readonly attempts: UploadAttempts,
    private readonly slots: HandlerSlots,
    options: Pick<ResolvedOssCallbackOptions, 'handlers'>,
    private readonly onRetry: (at: Date) => void,
    private readonly onCompleted: OnCompleted,
  ) {
    this.sql = new EntitySql(dataSource, OssUpload);
    const { timeoutSeconds } = options.handlers || { timeoutSeconds: 0 };
    this.times = { timeoutMs: timeoutSeconds * 1_000, leaseSeconds: attempts.leaseSeconds };
  }

  /**
   * Completes an upload whose callback has just arrived, or records why its handlers failed. Does not throw.
   * @param upload the row as it was leased
   * @param isCounted whether its attempt is counted in the row
   * @returns the current row
   */
  complete(upload: OssUpload, isCounted: boolean): Promise<OssUpload> {
    return this.slots.run(upload.owner, false, () => this.attempt(upload, isCounted));
  }

  /**
   * As {@link complete}, for an upload that no callback is waiting for: uploads with a waiting callback come first.
   * @param lease called when a slot is free
   * @returns `undefined` if `lease` gives no row
   * @throws what `lease` throws
   */
  retry(
    owner: string | null,
    lease: () => Promise<OssUpload | undefined>,
  ): Promise<OssUpload | undefined> {
    return this.slots.run(owner, true, async () => {
      const upload = await lease();
      return upload && this.attempt(upload, false);
    });
  }

  /** Resolves when no handler is running or waiting. */
  drain(): Promise<void> {
    return this.slots.whenIdle();
  }

  private async attempt(upload: OssUpload, isCounted: boolean): Promise<OssUpload> {
    const startedAtMs = performance.now();
    try {
      if (isCounted || !this.attempts.isExhausted(upload)) {
        return await this.run(upload, isCounted, startedAtMs);
      }
      const reason =
        upload.lastError ??
        'the handlers never finished: each time, the process crashed or lost its database';
      return await this.fail(upload, startedAtMs, reason);
    } catch (error) {
      // Once the lease has expired, the reconciliation takes over.
      publishEnd('lost', upload, startedAtMs);
      this.log.error(
        logText`Upload ${unquoted(upload.id)} stays received: ${unquoted(messageOf(error))}`,
        fieldsOf(upload),
      );
      return upload;
    }
  }

  private async run(
    upload: OssUpload,
    isCounted: boolean,
    startedAtMs: number,
  ): Promise<OssUpload> {
    const { dataSource, sql, times } = this;
    const statements = (this.statements ??= new HandlerTransactionStatements(sql));
    const attempts = isCounted ? upload.attempts : upload.attempts + 1;
    const attempt = Object.assign(new OssUpload(), upload, { attempts });
    let isStarted = false;
    let completedAt: Date | undefined;
    try {
      completedAt = await completeInTransaction({
        dataSource,
        statements,
        upload: attempt,
        isCounted,
        findHandlers: () => {
          isStarted = true;
          return this.handlers.matching(attempt);
        },
        times,
      });
    } catch (error) {
      if (!isStarted) throw error;
      // The stack of a handler's own error leads to the place in the handler.
      const thrown = error instanceof HandlerError ? error.cause : error;
      return this.fail(attempt, startedAtMs, messageOf(error), thrown);
    }
    if (!completedAt) return this.readLost(attempt, startedAtMs);
    publishEnd('completed', attempt, startedAtMs);
    const completed = Object.assign(attempt, {
      status: 'completed' as const,
      completedAt,
      nextAttemptAt: null,
      lastError: null,
    });
    this.onCompleted(completed);
    return completed;
  }

  private async fail(
    upload: OssUpload,
    startedAtMs: number,
    reason: string,
    error?: unknown,
  ): Promise<OssUpload> {
    const failed = await this.attempts.fail(upload, reason);
    if (!failed) return this.readLost(upload, startedAtMs);
    const isAbandoned = failed.status === 'abandoned';
    publishEnd(isAbandoned ? 'abandoned' : 'failed', upload, startedAtMs);
    const [id, why, fields] = [unquoted(upload.id), unquoted(reason), fieldsOf(upload)];
    if (isAbandoned) {
      this.log.error(
        logText`Upload ${id} is ABANDONED after attempt ${failed.attempts}: ${why}. It is not tried again; its row in the table of uploads keeps the reason.`,
        fields,
        error,
      );
    } else {
      const next = unquoted(String(failed.nextAttemptAt?.toISOString()));
      this.log.warn(
        logText`Upload ${id} failed (attempt ${failed.attempts}), next at ${next}: ${why}`,
        fields,
        error,
      );
      if (failed.nextAttemptAt) this.onRetry(failed.nextAttemptAt);
    }
    return failed;
  }

  /** The current row, after the lease of its attempt was lost. */
  private async readLost(upload: OssUpload, startedAtMs: number): Promise<OssUpload> {
    const row = await this.sql.findOneBy('id', upload.id);
    publishEnd('lost', upload, startedAtMs);
    return row ?? upload;
  }
}

function fieldsOf({ id: uploadId, requestId }: OssUpload): LogFields {
  return { uploadId, requestId };
}

function publishEnd(
  outcome: OssHandlersMessage['outcome'],
  { id: uploadId, attempts: attempt }: OssUpload,
  startedAtMs: number,
): void {
  publish(handlersChannel, () => {
    const durationMs = performance.now() - startedAtMs;
    return { outcome, durationMs, uploadId, attempt };
  });
}
