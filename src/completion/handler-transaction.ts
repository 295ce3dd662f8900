import { type DataSource, type QueryRunner, TransactionNotStartedError } from 'typeorm';
import { nameAndMessageOf } from '../common/error-text.js';
import { type Connection, withConnection } from '../database/connection.js';
import { sqlStateOf } from '../database/database-error.js';
import { OssUpload } from '../database/oss-upload.entity.js';
import type {
  AttemptTimes,
  HandlerTransactionStatements,
} from './handler-transaction-statements.js';
import type { UploadHandler } from './upload-handlers.js';
import { UploadTransaction } from './upload-transaction.js';

export interface HandlerTransactionOptions {
  dataSource: DataSource;
  statements: HandlerTransactionStatements;
  /** The row as it is once its attempt is counted; `attempts` identifies the attempt. */
  upload: OssUpload;
  isCounted: boolean;
  /** Called once the attempt is counted and the row locked. */
  findHandlers: () => readonly UploadHandler[];
  times: AttemptTimes;
}

/**
 * Counts an attempt of an upload, for good, unless its row counts it already. Then locks its row, runs its handlers and
 * marks it completed, all in one transaction. The handlers run within a savepoint: releasing it fails if one of them
 * swallowed a database error or ended the transaction.
 *
 * @returns when the upload completed; `undefined` if another process has started an attempt, or another transaction holds
 *   the row
 * @throws what a handler threw, after the transaction was rolled back
 */
export async function completeInTransaction(
  options: HandlerTransactionOptions,
): Promise<Date | undefined> {
  const { dataSource, statements, times } = options;
  const { timeoutMs } = times;
  const limits = { timeoutMs, onTimeout: () => timeoutError(timeoutMs) };
  const transaction = new UploadTransaction(dataSource, statements);
  try {
    return await withConnection(transaction, limits, (connection) =>
      run(transaction, connection, options),
    );
  } catch (error) {
    throw explained(error);
  }
}

async function run(
  transaction: UploadTransaction,
  connection: Connection,
  { upload, isCounted, findHandlers, times }: HandlerTransactionOptions,
): Promise<Date | undefined> {
  if (!(await transaction.begin(connection, upload, isCounted, times))) {
    await transaction.rollbackTransaction();
    return undefined;
  }
  for (const handler of findHandlers()) await runHandler(handler, upload, transaction);
  const completedAt = new Date();
  await transaction.complete(connection, upload, completedAt);
  return completedAt;
}

async function runHandler(
  { name, run: handle }: UploadHandler,
  upload: OssUpload,
  { manager }: QueryRunner,
): Promise<void> {
  try {
    // a copy for each handler, so that none sees what another changed
    await handle(Object.assign(new OssUpload(), structuredClone(upload)), manager);
  } catch (cause) {
    throw new HandlerError(name, cause);
  }
}

/** What a handler threw is its cause. */
export class HandlerError extends Error {
  constructor(name: string, cause: unknown) {
    super(`${name} threw ${nameAndMessageOf(cause)}`, { cause });
  }
}

function timeoutError(timeoutMs: number): Error {
  return new Error(
    `the handlers did not finish within ${timeoutMs / 1_000} s (the option "handlers.timeoutSeconds") and were rolled back`,
  );
}

const SWALLOWED_STATE = '25P02';
const NO_SAVEPOINT_STATES: unknown[] = ['3B001', '25P01'];

/** Explains database errors to the author of a handler. */
function explained(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (state === SWALLOWED_STATE) {
    return new Error(
      'a handler continued after a database error, which had aborted the transaction: rethrow the error, or wrap what may fail in manager.transaction()',
      { cause: error },
    );
  }
  if (error instanceof TransactionNotStartedError || NO_SAVEPOINT_STATES.includes(state)) {
    return new Error(
      'a handler ended the transaction that it was given, so its writes are not atomic with the upload',
      { cause: error },
    );
  }
  return error;
}
