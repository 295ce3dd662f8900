import type { DataSource, QueryRunner } from 'typeorm';
import { type Connection, withConnection } from '../connection.js';
import type { EntitySql } from '../entity-sql.js';
import { OssUpload } from '../oss-upload.entity.js';
import type { UploadHandler } from './upload-handlers.js';

const SAVEPOINT = 'oss_callback_handlers';

export interface HandlerTransactionOptions {
  dataSource: DataSource;
  sql: EntitySql<OssUpload>;
  /** As it was claimed: `attempts` says for which attempt. */
  upload: OssUpload;
  handlers: readonly UploadHandler[];
  timeoutMs: number;
}

/**
 * Takes the row of an upload, runs its handlers and completes it, all in one transaction. The handlers stand in a
 * savepoint: releasing it finds a database error that one of them swallowed, and a transaction that one of them ended.
 *
 * @returns when the upload completed; `undefined` where the row was another's
 * @throws what a handler threw; then nothing of the transaction stays
 */
export async function completeInTransaction(
  options: HandlerTransactionOptions,
): Promise<Date | undefined> {
  const { dataSource, timeoutMs } = options;
  const limits = { timeoutMs, onTimeout: () => timeoutError(timeoutMs) };
  try {
    return await withConnection(dataSource, limits, (runner, connection) =>
      run(runner, connection, options),
    );
  } catch (error) {
    throw explained(error);
  }
}

async function run(
  runner: QueryRunner,
  connection: Connection,
  { sql, upload, handlers, timeoutMs }: HandlerTransactionOptions,
): Promise<Date | undefined> {
  const { id, attempts } = upload;
  await runner.startTransaction();
  const isMine = `${sql.column('id')} = '${toUuid(id)}' AND ${sql.column('status')} = 'received' AND ${sql.column('attempts')} = ${attempts}`;
  // One round trip; parameters would need one for each statement.
  const results = await connection.query(`
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET LOCAL statement_timeout = ${timeoutMs};
    SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs};
    SELECT FROM ${sql.table} WHERE ${isMine} FOR UPDATE SKIP LOCKED;
    SAVEPOINT ${SAVEPOINT}`);
  if (results[3]?.rowCount !== 1) {
    await runner.rollbackTransaction();
    return undefined;
  }
  for (const handler of handlers) await runHandler(handler, upload, runner);
  const completedAt = new Date();
  await connection.query(`
    RELEASE SAVEPOINT ${SAVEPOINT};
    UPDATE ${sql.table} SET
      ${sql.column('status')} = 'completed',
      ${sql.column('completedAt')} = '${completedAt.toISOString()}',
      ${sql.column('nextAttemptAt')} = NULL,
      ${sql.column('lastError')} = NULL
    WHERE ${sql.column('id')} = '${toUuid(id)}'`);
  await runner.commitTransaction();
  return completedAt;
}

async function runHandler(
  { name, run: handle }: UploadHandler,
  upload: OssUpload,
  { manager }: QueryRunner,
): Promise<void> {
  try {
    // each its own: what one changes, the next does not see
    await handle(Object.assign(new OssUpload(), structuredClone(upload)), manager);
  } catch (cause) {
    throw new HandlerError(name, cause);
  }
}

/** The UUID goes into a statement as it stands. */
function toUuid(id: string): string {
  if (/^[0-9a-f-]{36}$/i.test(id)) return id;
  throw new Error(`${JSON.stringify(id)} is not a UUID`);
}

class HandlerError extends Error {
  constructor(name: string, cause: unknown) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`${name} threw ${reason}`, { cause });
  }
}

function timeoutError(timeoutMs: number): Error {
  return new Error(
    `the handlers were not done after ${timeoutMs / 1_000} s (the option "handlers.timeoutSeconds") and were rolled back`,
  );
}

const SWALLOWED_STATE = '25P02';
const NO_SAVEPOINT_STATES: unknown[] = ['3B001', '25P01'];

/** What the database's words mean for the author of a handler. */
function explained(error: unknown): unknown {
  const state = error instanceof Error && 'code' in error ? error.code : undefined;
  if (state === SWALLOWED_STATE) {
    return new Error(
      'a handler went on after a database error, and the transaction cannot: let the error out, or do what may fail within manager.transaction()',
      { cause: error },
    );
  }
  if (NO_SAVEPOINT_STATES.includes(state)) {
    return new Error(
      'a handler ended the transaction that it was given; its writes are outside of what is promised',
      { cause: error },
    );
  }
  return error;
}
