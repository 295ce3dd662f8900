import { requireAccess } from '../../authentication/access.js';
import type { SimulatorCredentials } from '../../options.js';
import { invalidArgument, OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { Reply } from '../../server/reply.js';
import { decodePath, isObjectName, type Resource } from '../../server/resource.js';
import { checkVersionId } from '../../server/version-id.js';
import type { SimulatorState } from '../../state.js';
import type { StoredObject } from '../../storage/stored-object.js';
import { settings } from '../buckets/bucket.js';
import { checkConditions } from '../objects/conditions.js';
import { findObject } from '../objects/find-object.js';

/** Turns PutObject into CopyObject, and UploadPart into UploadPartCopy. */
export const COPY_SOURCE_HEADER = 'x-oss-copy-source';

interface NamedSource extends Resource {
  versionId: string | undefined;
}

/**
 * Finds the object that is to be copied.
 * @param ec of the error if the header does not name an object
 * @returns the object, or the answer to a client that has it already
 * @throws OssFailure if it is not there, not readable for the caller, in another region, or not as the client wants it
 */
export function openSource(
  state: SimulatorState,
  { headers }: OssRequest,
  target: Resource,
  caller: SimulatorCredentials | undefined,
  ec: string,
): { source: StoredObject } | { notModified: Reply } {
  const named = readSource(headers[COPY_SOURCE_HEADER] ?? '', ec);
  const bucket = settings(state, named.bucket);
  const { region = bucket.region } = state.buckets.get(target.bucket) ?? {};
  if (bucket.region !== undefined && region !== bucket.region) {
    throw new OssFailure('AccessDenied', {
      message: 'Target object does not reside in the same data center as source object.',
    });
  }
  requireAccess(state, caller, 'oss:GetObject', named);
  const { versionId } = named;
  const query: Record<string, string> = versionId === undefined ? {} : { versionId };
  const source = findObject(state, { query }, named, 'NoSuchKey');
  const notModified = checkConditions({ headers: conditionsOf(headers) }, source);
  return notModified ? { notModified } : { source };
}

/**
 * Reads or copies the content of a source, which another request may delete at the same time.
 * @throws OssFailure `NoSuchKey` if it is gone
 */
export async function whileThere<Result>(
  { object }: StoredObject,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new OssFailure('NoSuchKey', { details: { Key: object } });
  }
}

/** `/bucket/object?versionId=…`; names are percent-encoded, a space in some SDKs as a plus sign. */
function readSource(header: string, ec: string): NamedSource {
  const [path = '', ...query] = header.replaceAll('+', ' ').split('?');
  const [, bucket = '', object = ''] = /^\/?([^/]+)\/(.+)$/s.exec(decodePath(path) ?? '') ?? [];
  const versionId = /^versionId=(.*)$/.exec(query.join('?'))?.[1];
  checkVersionId(versionId);
  if (object === '' || (query.length > 0 && versionId === undefined)) {
    throw invalidArgument(
      COPY_SOURCE_HEADER,
      header,
      'Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.',
      ec,
    );
  }
  if (!isObjectName(object)) throw new OssFailure('InvalidObjectName');
  return { bucket, object, versionId };
}

/** Conditions on the source, as those of GetObject. */
function conditionsOf(headers: OssRequest['headers']): Record<string, string> {
  const prefix = `${COPY_SOURCE_HEADER}-if-`;
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[`if-${name.slice(prefix.length)}`, value]] : [],
    ),
  );
}
