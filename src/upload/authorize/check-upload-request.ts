import { hasDotSegment } from '../../oss-client/object-address.js';
import { isStorable } from '../../common/database-text.js';
import { shown } from '../../common/log-text.js';
import { MAX_EXPIRES_IN_SECONDS } from '../../options/validation.js';
import {
  CustomVariablesDto,
  type CustomVariablesType,
} from '../../variables/custom-variables.dto.js';
import {
  toVariablesDto,
  toVariableTexts,
  type CustomVariableTexts,
  findProblem,
} from '../../variables/custom-variables.js';
import { MAX_OBJECT_NAME_BYTES } from '../../protocol/object-limits.js';
import { mediaTypeOf } from '../../protocol/media-type.js';
import { allowsContentType, mediaRangeOf, onlyTypeOf } from '../../variables/media-range.js';
import { invalidRequest } from './invalid-request.js';
import type { UploadRequest } from '../upload-request.js';

const MAX_OWNER_BYTES = 128;

/** A request whose fields are valid, with their defaults. */
export interface CheckedRequest {
  object: string;
  minSizeBytes: number;
  maxSizeBytes: number | undefined;
  contentTypes: string[];
  /** The type that the request names, or the only one that it allows. */
  contentType: string | undefined;
  owner: string | undefined;
  variables: CustomVariableTexts;
  expiresInSeconds: number;
  overwrite: boolean;
}

/**
 * Checks the values of an upload request before anything is sent or written; its types are checked before.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`, naming the field
 */
export function checkUploadRequest(
  request: UploadRequest,
  uploadId: string,
  defaultExpiresInSeconds: number,
): CheckedRequest {
  const { owner, variables = {} } = request;
  const minSizeBytes = size('minSizeBytes', request.minSizeBytes) ?? 0;
  const maxSizeBytes = size('maxSizeBytes', request.maxSizeBytes);
  if (maxSizeBytes !== undefined && maxSizeBytes < minSizeBytes) {
    throw invalidRequest(
      'maxSizeBytes',
      `is ${maxSizeBytes}, less than minSizeBytes, ${minSizeBytes}`,
    );
  }
  if (owner !== undefined && (Buffer.byteLength(owner) > MAX_OWNER_BYTES || !isStorable(owner))) {
    throw invalidRequest('owner', `must be a string of at most ${MAX_OWNER_BYTES} bytes`);
  }
  const invalid = findProblem(variables);
  if (invalid) throw invalidRequest('variables', `are not valid: ${invalid}`);
  const texts = toVariableTexts(variables);
  if (!texts.ok) throw invalidRequest('variables', `cannot be sent: ${texts.problem}`);
  checkReturn(variables, texts.texts);
  return {
    object: checkObject(request, uploadId),
    minSizeBytes,
    maxSizeBytes,
    ...checkContentTypes(request),
    owner: owner === '' ? undefined : owner,
    variables: texts.texts,
    expiresInSeconds: checkExpiry(request.expiresInSeconds ?? defaultExpiresInSeconds),
    overwrite: request.overwrite ?? false,
  };
}

/** Variables that the callback route would refuse are refused before the upload starts. */
function checkReturn(variables: object, texts: CustomVariableTexts): void {
  if (!(variables instanceof CustomVariablesDto)) return;
  const back = toVariablesDto(variables.constructor as CustomVariablesType, texts);
  if (!back.ok)
    throw invalidRequest('variables', `would not be valid in the callback: ${back.problem}`);
}

function checkObject({ object, objectPrefix }: UploadRequest, uploadId: string): string {
  if ((object === undefined) === (objectPrefix === undefined)) {
    throw invalidRequest('object', 'must be given, or else objectPrefix, and not both');
  }
  const field = object === undefined ? 'objectPrefix' : 'object';
  const name = object ?? `${objectPrefix}${uploadId}`;
  if (name === '') throw invalidRequest(field, 'is empty');
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_OBJECT_NAME_BYTES) {
    throw invalidRequest(field, `has ${bytes} bytes; OSS allows ${MAX_OBJECT_NAME_BYTES}`);
  }
  if (/^[/\\]/.test(name)) throw invalidRequest(field, 'begins with a slash, which OSS refuses');
  if (!isStorable(name)) throw invalidRequest(field, 'is not valid text');
  if (hasDotSegment(name))
    throw invalidRequest(field, 'has "." or ".." as a part, which URLs cannot carry');
  return name;
}

function checkContentTypes(
  request: UploadRequest,
): Pick<CheckedRequest, 'contentTypes' | 'contentType'> {
  const contentTypes = (request.contentTypes ?? []).map((type: unknown) => {
    const range = typeof type === 'string' ? mediaRangeOf(type) : undefined;
    if (range !== undefined) return range;
    throw invalidRequest(
      'contentTypes',
      `contain ${shown(type)}; write types as "image/png" or "image/*"`,
    );
  });
  const contentType = request.contentType?.trim();
  if (contentType !== undefined) {
    if (mediaTypeOf(contentType) === undefined) {
      throw invalidRequest(
        'contentType',
        `is ${JSON.stringify(contentType)}; write a type as "image/png"`,
      );
    }
    if (!allowsContentType(contentTypes, contentType)) {
      throw invalidRequest(
        'contentType',
        `is ${JSON.stringify(contentType)}, which contentTypes do not allow`,
      );
    }
  }
  return { contentTypes, contentType: contentType ?? onlyTypeOf(contentTypes) };
}

function checkExpiry(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_EXPIRES_IN_SECONDS) {
    throw invalidRequest(
      'expiresInSeconds',
      `is ${seconds}; OSS allows 1 to ${MAX_EXPIRES_IN_SECONDS}`,
    );
  }
  return seconds;
}

function size(field: string, bytes: number | undefined): number | undefined {
  if (bytes === undefined) return undefined;
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw invalidRequest(field, `is ${bytes}; write a whole number of bytes`);
  }
  return bytes;
}
