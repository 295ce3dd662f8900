import { NULL_VERSION_ID } from '../storage/object-versions.js';
import { invalidArgument } from './oss-failure.js';

const EMPTY = '0012-00000201';
const MALFORMED = '0012-00000202';

/**
 * Checks the version id of a request by its form.
 * @throws OssFailure `InvalidArgument` if no version of any object has such an id
 */
export function checkVersionId(id: string | undefined): void {
  if (id === undefined || id === NULL_VERSION_ID || /^CAE[0-9A-Za-z]+$/.test(id)) return;
  const ec = id === '' ? EMPTY : MALFORMED;
  throw invalidArgument('versionId', id, 'Invalid version id specified', ec);
}
