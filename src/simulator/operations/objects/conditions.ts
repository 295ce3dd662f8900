import { OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { Reply } from '../../server/reply.js';
import type { StoredObject } from '../../storage/stored-object.js';

type Request = Pick<OssRequest, 'headers'>;

/** As they are spelt in errors. */
const CONDITIONS = ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'];

/**
 * Checks the conditions of a GetObject or HeadObject in the order of HTTP: a condition on the ETag outranks the one on
 * the time.
 * @returns the answer to a client that has the object already, if it is one
 * @throws OssFailure `PreconditionFailed` if the client wants another object than this one
 * @see https://help.aliyun.com/en/oss/developer-reference/getobject
 */
export function checkConditions({ headers }: Request, stored: StoredObject): Reply | undefined {
  const match = headers['if-match'];
  if (match !== undefined) {
    if (!lists(match, stored.etag)) throw preconditionFailed('If-Match');
  } else if (isModifiedSince(stored, headers['if-unmodified-since'])) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const noneMatch = headers['if-none-match'];
  const isKnown =
    noneMatch === undefined
      ? isModifiedSince(stored, headers['if-modified-since']) === false
      : lists(noneMatch, stored.etag);
  return isKnown ? notModified(stored) : undefined;
}

/**
 * PutObject takes no conditions; uploads that must not overwrite have `x-oss-forbid-overwrite`.
 * @throws OssFailure `NotImplemented`
 * @see https://help.aliyun.com/en/oss/user-guide/0017-00000245
 */
export function refuseConditions({ headers }: Request): void {
  const found = CONDITIONS.find((name) => headers[name.toLowerCase()] !== undefined);
  if (found === undefined) return;
  throw new OssFailure('NotImplemented', {
    message: 'A header you provided implies functionality that is not implemented.',
    ec: '0017-00000245',
    details: { Header: found },
  });
}

/** Whether a header lists an ETag, with or without quotes, or any by `*`. */
function lists(header: string, etag: string): boolean {
  return header.split(',').some((one) => {
    const listed = one.trim().replace(/^W\//, '').replaceAll('"', '');
    return listed === '*' || listed === etag;
  });
}

/** OSS's times have whole seconds. @returns `undefined` without a valid time */
function isModifiedSince(stored: StoredObject, time: string | undefined): boolean | undefined {
  const since = Date.parse(time ?? '');
  if (Number.isNaN(since)) return undefined;
  return Math.floor(stored.lastModified.getTime() / 1000) * 1000 > since;
}

function preconditionFailed(condition: string): OssFailure {
  return new OssFailure('PreconditionFailed', { details: { Condition: condition } });
}

/** It has no error document, not even in a header: SDKs know it by its status. */
function notModified({ etag, lastModified }: StoredObject): Reply {
  return {
    status: 304,
    code: 'NotModified',
    headers: { etag: `"${etag}"`, 'last-modified': lastModified.toUTCString() },
  };
}
