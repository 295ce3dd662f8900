import { MAX_UPLOAD_BYTES } from '../../../protocol/object-limits.js';
import { readCallback } from '../../callbacks/read-callback.js';
import { receiveUpload } from '../../faults/upload-faults.js';
import { chunksOf } from '../../server/body.js';
import { checkContentMd5 } from '../../server/content-md5.js';
import { OssFailure } from '../../server/oss-failure.js';
import { isObjectName } from '../../server/resource.js';
import { orDiscard } from '../../storage/content/content.js';
import { refuseConditions } from '../objects/conditions.js';
import { DEFAULT_CONTENT_TYPE, objectProperties } from '../objects/object-properties.js';
import type { UploadRun } from '../operation.js';
import { refuseOverwrite, replyToUpload } from './upload.js';

/** @see https://help.aliyun.com/en/oss/developer-reference/putobject */
export const putObject: UploadRun = async (state, request, resource, caller, cutAfterBytes) => {
  const { headers, body } = request;
  if (!isObjectName(resource.object)) throw new OssFailure('InvalidObjectName');
  refuseConditions(request);
  requireLength(headers);
  const callback = await readCallback(state, request);
  const forbidOverwrite = headers['x-oss-forbid-overwrite'];
  refuseOverwrite(state, resource, forbidOverwrite);
  const received = await receiveUpload(state, request, chunksOf(body), {
    limitBytes: MAX_UPLOAD_BYTES,
    cutAfterBytes,
  });
  if (!received) throw new OssFailure('EntityTooLarge');
  const properties = await orDiscard(received.content, () => {
    checkContentMd5(headers['content-md5'], received.md5);
    // Again, because another upload may have been stored while this one arrived.
    refuseOverwrite(state, resource, forbidOverwrite);
    return objectProperties(Object.entries(headers), state.buckets.get(resource.bucket));
  });
  const stored = await state.objects.commit(received, {
    ...resource,
    etag: received.md5.toString('hex').toUpperCase(),
    contentMd5: received.md5.toString('base64'),
    mimeType: headers['content-type'] || DEFAULT_CONTENT_TYPE,
    type: 'Normal',
    ...properties,
    requestId: request.id,
  });
  return replyToUpload(state, request, {
    stored,
    operation: 'PutObject',
    callback,
    caller,
    withoutCallback: { status: 200 },
  });
};

/** @throws OssFailure if neither length nor chunked encoding tell where the content ends */
export function requireLength(headers: Readonly<Record<string, string>>): void {
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    throw new OssFailure('MissingContentLength');
  }
}
