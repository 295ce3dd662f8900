import { OssCallbackError } from '../oss-callback.errors.js';

/** What a caller is told when the database fails; the database's own words go to the log. */
export function databaseError(cause: unknown): OssCallbackError {
  return new OssCallbackError('DATABASE_UNAVAILABLE', 'The upload could not be recorded now.', {
    hint: cause instanceof Error ? cause.message : String(cause),
    cause,
  });
}
