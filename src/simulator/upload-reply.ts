import type { CallbackOrder } from './callback-order.js';
import type { UploadFacts } from './callback-values.js';
import { deliverCallback } from './deliver-callback.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import { failureReply, type Reply } from './reply.js';
import type { SimulatorCredentials } from './simulator-options.js';
import type { SimulatorState } from './simulator-state.js';
import type { StoredObject } from './stored-object.js';

/** An upload that has landed. */
export interface FinishedUpload {
  stored: StoredObject;
  operation: UploadFacts['operation'];
  order: CallbackOrder | undefined;
  caller: SimulatorCredentials | undefined;
  /** The answer where no callback was asked for; the object's headers are added. */
  withoutCallback: Reply;
}

/**
 * Answers an upload: with the app's answer to the callback, with 203 where the callback failed, though the object
 * stays, or as the operation does by itself.
 */
export async function replyToUpload(
  state: SimulatorState,
  request: OssRequest,
  upload: FinishedUpload,
): Promise<Reply> {
  const { stored, operation, order, caller } = upload;
  state.events.emit('stored', { at: new Date(), requestId: request.id, operation, object: stored });
  const headers = uploadHeaders(stored);
  if (!order) {
    const reply = upload.withoutCallback;
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }
  const result = await deliverCallback(state, {
    parameter: order.parameter,
    caller,
    facts: {
      stored,
      operation,
      clientIp: request.clientIp,
      requestId: request.id,
      variables: order.variables,
    },
  });
  if ('answer' in result) {
    return {
      status: 200,
      headers: { ...headers, 'content-type': 'application/json' },
      body: result.answer,
    };
  }
  return failureReply(new OssFailure('CallbackFailed', result.failure), request, headers);
}

function uploadHeaders(stored: StoredObject): Record<string, string> {
  return {
    etag: `"${stored.etag}"`,
    'x-oss-hash-crc64ecma': stored.crc64,
    ...(stored.contentMd5 === undefined ? {} : { 'content-md5': stored.contentMd5 }),
    ...(stored.versionId === undefined ? {} : { 'x-oss-version-id': stored.versionId }),
  };
}
