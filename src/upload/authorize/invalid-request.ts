import { OssCallbackError } from '../../common/errors.js';
import { quoted } from '../../common/log-text.js';

/** The error of all checks of a request. */
export function invalidRequest(field: string, problem: string): OssCallbackError {
  return new OssCallbackError('INVALID_UPLOAD_REQUEST', `The upload's "${field}" ${problem}.`);
}

/** A value of a request, whatever it is: a text is cut and in quotes, an object is not looked into. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value).text;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
