import { OssCallbackError } from '../../common/errors.js';
import { shown } from '../../common/log-text.js';
import type { ObjectOptions } from '../../protocol/object-options.js';
import type { SignatureVersion, UploadRequest } from '../upload-request.js';
import { invalidRequest } from './invalid-request.js';

/** The type of a property. */
interface Kind {
  /** Completes the sentence "It must be …". */
  words: string;
  accepts: (value: unknown) => boolean;
  /** Otherwise the property may be `undefined`. */
  isRequired?: true;
}

/** The types of a request's properties. Those of its object options are checked with their values. */
export type Kinds<Request> = Readonly<{
  [Property in Exclude<keyof Request, keyof ObjectOptions>]-?: Kind;
}>;

export const TEXT: Kind = { words: 'a string', accepts: (value) => typeof value === 'string' };
export const NUMBER: Kind = { words: 'a number', accepts: (value) => typeof value === 'number' };
const BOOLEAN: Kind = { words: 'true or false', accepts: (value) => typeof value === 'boolean' };
const LIST: Kind = { words: 'a list', accepts: Array.isArray };
const RECORD: Kind = {
  words: 'an object of names and values',
  accepts: (value) => isObject(value) && !Array.isArray(value),
};
export const FUNCTION: Kind = {
  words: 'a function',
  accepts: (value) => typeof value === 'function',
};
export const SIGNAL: Kind = {
  words: 'an AbortSignal',
  // not instanceof, which is false for the AbortSignal of a test environment
  accepts: (value) =>
    isObject(value) && 'throwIfAborted' in value && typeof value.throwIfAborted === 'function',
};
export const BODY: Kind = {
  words: 'bytes, a string, a stream or { file: path }',
  accepts: (value) =>
    typeof value === 'string' ||
    (isObject(value) &&
      (value instanceof Uint8Array ||
        Symbol.asyncIterator in value ||
        ('file' in value && typeof value.file === 'string'))),
};

export const required = (kind: Kind): Kind => ({ ...kind, isRequired: true });
export const oneOf = (...known: readonly string[]): Kind => ({
  words: known.map((word) => JSON.stringify(word)).join(' or '),
  accepts: (value) => known.some((word) => word === value),
});

/** Those that all requests have. */
export const UPLOAD_REQUEST: Kinds<UploadRequest> = {
  bucket: TEXT,
  object: TEXT,
  objectPrefix: TEXT,
  minSizeBytes: NUMBER,
  maxSizeBytes: NUMBER,
  contentTypes: LIST,
  contentType: TEXT,
  owner: TEXT,
  variables: RECORD,
  callback: TEXT,
  expiresInSeconds: NUMBER,
  overwrite: BOOLEAN,
};
export const SIGNATURE_VERSION = oneOf(...(['v4', 'v1'] satisfies SignatureVersion[]));

/**
 * Checks the types at run time, since requests are often built from JSON. `null` is refused for every property: as an
 * absent limit it would allow what a client must not choose.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`, naming the property
 */
export function checkTypes<Request extends object>(request: Request, kinds: Kinds<Request>): void {
  if (!isObject(request)) {
    throw new OssCallbackError(
      'INVALID_UPLOAD_REQUEST',
      `An upload's request must be an object, not ${shown(request)}.`,
    );
  }
  for (const [property, { words, accepts, isRequired }] of Object.entries<Kind>(kinds)) {
    const value: unknown = request[property as keyof Request];
    if (value === undefined && !isRequired) continue;
    if (!accepts(value)) throw invalidRequest(property, `must be ${words}, not ${shown(value)}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
