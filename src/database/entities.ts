import { OssCallbackRejection } from './oss-callback-rejection.entity.js';
import { OssUploadTicket } from './oss-upload-ticket.entity.js';
import { OssUpload } from './oss-upload.entity.js';

/**
 * The three entities of this package, for the `entities` of the app's DataSource: `[...ossCallbackEntities, User]`.
 * @category Entities and migrations
 */
export const ossCallbackEntities = [OssUpload, OssUploadTicket, OssCallbackRejection];

/** The names by which apps know the entities; bundlers rename classes. */
const NAMES = new Map<unknown, string>(
  Object.entries({ OssUpload, OssUploadTicket, OssCallbackRejection }).map(([name, entity]) => [
    entity,
    name,
  ]),
);

export function nameOfEntity(entity: unknown): string {
  return NAMES.get(entity) ?? 'unknown';
}
