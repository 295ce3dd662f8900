import { messageOf } from '../common/error-text.js';
import { OssCallbackError } from '../common/errors.js';
import { unquoted } from '../common/log-text.js';

/** SQLSTATEs after which a statement may be retried as it is: `serialization_failure` and `deadlock_detected`. */
const TRANSIENT_STATES: unknown[] = ['40001', '40P01'];

/**
 * Whether a statement failed because of a concurrent one. At PostgreSQL's default isolation level an INSERT or UPDATE
 * of one row never does; the app's database may have a stricter default.
 */
export function isConflict(error: unknown): boolean {
  return TRANSIENT_STATES.includes(sqlStateOf(error));
}

/** `invalid_sql_statement_name`, `duplicate_prepared_statement`: a pooler has switched connections. */
const LOST_PREPARATION_STATES: unknown[] = ['26000', '42P05'];

/** Whether a prepared statement is missing or exists already, since a pooler shares connections. */
export function isPreparationLost(error: unknown): boolean {
  return LOST_PREPARATION_STATES.includes(sqlStateOf(error));
}

/**
 * Classes of SQLSTATEs that no single row causes: the connection, its transaction or its rights, the statement, the
 * schema, locks, resources, the server. All others concern the data, and so do those that a trigger of the app raises.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const CLASSES_OF_ALL_ROWS = new Set(
  '08 0A 0B 25 26 28 2D 34 3B 3D 3F 40 42 53 55 57 58 72 F0 XX'.split(' '),
);

/** Whether a single row of a statement may be to blame for an error, so that the others are worth another try. */
export function isErrorOfOneRow(error: unknown): boolean {
  const state = sqlStateOf(error);
  // Node's own errors have a `code` too, but no `severity`.
  if (!(error instanceof Error && 'severity' in error) || typeof state !== 'string') return false;
  const routine = 'routine' in error ? error.routine : undefined;
  // A trigger may raise any SQLSTATE. Row-level security rejects a row with that of a missing right, which concerns all.
  if (routine === 'exec_stmt_raise') return true;
  if (state === '42501') return routine !== 'aclcheck_error';
  return !CLASSES_OF_ALL_ROWS.has(state.slice(0, 2));
}

/** The SQLSTATE of a database error; the `code` of Node's own errors. */
export function sqlStateOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/**
 * The error for callers when the database fails; its own message goes to the log only.
 * @param message what could not be done
 */
export function databaseError(message: string, cause: unknown): OssCallbackError {
  return new OssCallbackError('DATABASE_UNAVAILABLE', message, {
    hint: unquoted(messageOf(cause)),
    cause,
  });
}
