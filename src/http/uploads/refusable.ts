import { OssCallbackError } from '../../common/errors.js';

/** In a list, what is refused must not keep the others from being authorised. */
export type Refusable<T> = T | OssCallbackError;

/** @throws what is none of this package's errors */
export function returnRefusal(error: unknown): OssCallbackError {
  if (error instanceof OssCallbackError) return error;
  throw error;
}
