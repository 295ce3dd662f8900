import type { UploadFacts } from '../../callbacks/callback-values.js';
import { deliverCallback } from '../../callbacks/deliver-callback.js';
import type { UploadCallback } from '../../callbacks/read-callback.js';
import type { SimulatorCredentials } from '../../options.js';
import { OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { failureReply, type Reply } from '../../server/reply.js';
import type { Resource } from '../../server/resource.js';
import type { SimulatorState } from '../../state.js';
import type { StoredObject } from '../../storage/stored-object.js';
import { encryptionHeaders } from '../objects/encryption.js';

/** An upload that was stored. */
export interface FinishedUpload {
  stored: StoredObject;
  operation: UploadFacts['operation'];
  callback: UploadCallback | undefined;
  caller: SimulatorCredentials | undefined;
  /** The response without a callback, to which the object's headers are added. */
  withoutCallback: Reply;
}

/**
 * Answers an upload with the app's response to the callback, with 203 if the callback failed, although the object is
 * stored, or without a callback as the operation does.
 */
export async function replyToUpload(
  state: SimulatorState,
  request: OssRequest,
  upload: FinishedUpload,
): Promise<Reply> {
  const { stored, operation, callback, caller } = upload;
  state.events.emit('stored', { at: new Date(), requestId: request.id, operation, object: stored });
  const headers = uploadHeaders(stored);
  if (!callback) {
    const reply = upload.withoutCallback;
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }
  const result = await deliverCallback(state, {
    parameter: callback.parameter,
    caller,
    facts: {
      stored,
      operation,
      clientIp: request.clientIp,
      requestId: request.id,
      variables: callback.variables,
    },
  });
  if ('answer' in result) {
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/json' },
      body: result.answer,
    };
  }
  return failureReply(new OssFailure('CallbackFailed', { ...result.failure, headers }), request);
}

/** The headers of the response to an upload that describe the object. */
export function uploadHeaders(stored: StoredObject): Record<string, string> {
  return {
    ...encryptionHeaders(stored),
    etag: `"${stored.etag}"`,
    'x-oss-hash-crc64ecma': stored.crc64,
    ...(stored.contentMd5 === undefined ? {} : { 'content-md5': stored.contentMd5 }),
    ...(stored.versionId === undefined ? {} : { 'x-oss-version-id': stored.versionId }),
  };
}

/**
 * Rejects an upload with `x-oss-forbid-overwrite: true` if the object exists. In versioned buckets the header has no
 * effect.
 * @throws OssFailure
 * @see https://help.aliyun.com/en/oss/developer-reference/putobject
 */
export function refuseOverwrite(
  state: SimulatorState,
  { bucket, object }: Resource,
  forbidOverwrite: string | undefined,
): void {
  if (forbidOverwrite?.toLowerCase() !== 'true') return;
  if (state.buckets.get(bucket)?.versioning) return;
  if (state.objects.get(bucket, object)) throw new OssFailure('FileAlreadyExists');
}
