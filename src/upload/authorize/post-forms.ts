import { OssCallbackError } from '../../common/errors.js';
import { shown } from '../../common/log-text.js';
import type { PostObjectAuthorisation, PostObjectAuthorisationRequest } from '../upload-request.js';
import { checkPostObject, toPostForm } from './post-form.js';
import { prepareSigned, type UploadContext } from './prepare-upload.js';

/** As many rows as one INSERT takes. */
const MAX_REQUESTS = 500;

/** See `OssUploadService.authorizePostObjects`. */
export async function authorizePostObjects(
  requests: readonly PostObjectAuthorisationRequest[],
  context: UploadContext,
): Promise<PostObjectAuthorisation[]> {
  if (!Array.isArray(requests) || requests.length > MAX_REQUESTS) {
    throw new OssCallbackError(
      'INVALID_UPLOAD_REQUEST',
      `The requests must be a list of at most ${MAX_REQUESTS}, not ${Array.isArray(requests) ? requests.length : shown(requests)}.`,
    );
  }
  const checked = requests.map((request, index) =>
    naming(index, () => checkPostObject(request, context)),
  );
  const prepared = await Promise.all(
    checked.map((upload, index) =>
      prepareSigned(upload, context).catch((error: unknown) => {
        throw atIndex(index, error);
      }),
    ),
  );
  // Rows that are added in the same turn share a statement.
  await Promise.all(prepared.map((upload) => context.ticketStore.add(upload)));
  return prepared.map((upload, index) => toPostForm(upload, requests[index]));
}

/** An error of one request says which one it is about. */
function naming<T>(index: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw atIndex(index, error);
  }
}

function atIndex(index: number, error: unknown): unknown {
  if (!(error instanceof OssCallbackError) || error.code !== 'INVALID_UPLOAD_REQUEST') return error;
  const { code, message, cause } = error;
  return new OssCallbackError(code, `In the request at index ${index}: ${message}`, {
    cause,
    details: { index },
  });
}
