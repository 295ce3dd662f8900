import { OssCallbackError } from '../../common/errors.js';

/** The error of all checks of a request. */
export function invalidRequest(field: string, problem: string): OssCallbackError {
  return new OssCallbackError('INVALID_UPLOAD_REQUEST', `The upload's "${field}" ${problem}.`);
}
