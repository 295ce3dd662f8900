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

/** The SQLSTATE of a database error; the `code` of Node's own errors. */
export function sqlStateOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** The error for callers when the database fails; its own message goes to the log only. */
export function databaseError(cause: unknown): OssCallbackError {
  return new OssCallbackError('DATABASE_UNAVAILABLE', 'The upload could not be recorded.', {
    hint: unquoted(messageOf(cause)),
    cause,
  });
}
