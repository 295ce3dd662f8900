import { messageOf } from '../common/error-text.js';
import { OssCallbackError } from '../common/errors.js';
import { unquoted } from '../common/log-text.js';

/** SQLSTATEs of statements that may be run again as they are: `serialization_failure` and `deadlock_detected`. */
const TRANSIENT_STATES: unknown[] = ['40001', '40P01'];

/**
 * Whether a statement lost against another at the same moment. Under PostgreSQL's own default isolation an INSERT or
 * UPDATE of one row never does; a host's database may have a stricter default.
 */
export function isConflict(error: unknown): boolean {
  return TRANSIENT_STATES.includes(sqlStateOf(error));
}

/** `invalid_sql_statement_name`, `duplicate_prepared_statement`: another connection than the one that prepared it. */
const LOST_PREPARATION_STATES: unknown[] = ['26000', '42P05'];

/** Whether a prepared statement is not there, or already there: a pooler shares connections. */
export function isPreparationLost(error: unknown): boolean {
  return LOST_PREPARATION_STATES.includes(sqlStateOf(error));
}

/** The SQLSTATE, where the database is who reports it; an error of Node has a code of its own there. */
export function sqlStateOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** What a caller is told when the database fails; the database's own words go to the log. */
export function databaseError(cause: unknown): OssCallbackError {
  return new OssCallbackError('DATABASE_UNAVAILABLE', 'The upload could not be recorded.', {
    hint: unquoted(messageOf(cause)),
    cause,
  });
}
