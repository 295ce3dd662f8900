import { type DataSource, type QueryRunner, TransactionNotStartedError } from 'typeorm';
import { type Connection, withConnection } from '../connection.js';
import { sqlStateOf } from '../database-error.js';
import { OssUpload } from '../oss-upload.entity.js';
import type { HandlerTransactionStatements } from './handler-transaction-statements.js';
import type { UploadHandler } from './upload-handlers.js';

export interface HandlerTransactionOptions {
  dataSource: DataSource;
  statements: HandlerTransactionStatements;
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
  { statements, upload, handlers, timeoutMs }: HandlerTransactionOptions,
): Promise<Date | undefined> {
  let isMine = false;
  const hasBegun = await replacing(runner, /^(START TRANSACTION|SET TRANSACTION ISOLATION LEVEL)/, {
    send: once(async () => {
      isMine = await statements.begin(connection, upload, timeoutMs);
    }),
    during: () => runner.startTransaction(),
  });
  if (!hasBegun) throw new Error('TypeORM began a transaction in words that are not known here');
  if (!isMine) {
    await runner.rollbackTransaction();
    return undefined;
  }
  for (const handler of handlers) await runHandler(handler, upload, runner);
  const completedAt = new Date();
  const hasEnded = await replacing(runner, /^COMMIT$/, {
    send: () => statements.commit(connection, upload, completedAt),
    during: () => runner.commitTransaction(),
  });
  if (!hasEnded) {
    throw new Error('a handler left a transaction of its own open: await manager.transaction()');
  }
  return completedAt;
}

/**
 * Sends other statements in the place of some of TypeORM's own, which would take a round trip each. TypeORM still keeps
 * count of its transactions, and tells the host's subscribers of them.
 * @returns whether TypeORM sent one of those
 */
async function replacing(
  runner: QueryRunner,
  statements: RegExp,
  { send, during }: { send: () => Promise<unknown>; during: () => Promise<void> },
): Promise<boolean> {
  const own = runner as { query?: (...args: [string]) => Promise<unknown> };
  const query = runner.query.bind(runner);
  let isSent = false;
  own.query = (...args) => {
    if (!statements.test(args[0])) return query(...args);
    isSent = true;
    return send();
  };
  try {
    await during();
    return isSent;
  } finally {
    delete own.query;
  }
}

function once<T>(work: () => T): () => T {
  let done: { result: T } | undefined;
  return () => (done ??= { result: work() }).result;
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
  const state = sqlStateOf(error);
  if (state === SWALLOWED_STATE) {
    return new Error(
      'a handler went on after a database error, and the transaction cannot: let the error out, or do what may fail within manager.transaction()',
      { cause: error },
    );
  }
  if (error instanceof TransactionNotStartedError || NO_SAVEPOINT_STATES.includes(state)) {
    return new Error(
      'a handler ended the transaction that it was given; its writes are outside of what is promised',
      { cause: error },
    );
  }
  return error;
}
