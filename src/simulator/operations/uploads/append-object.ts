import { MAX_UPLOAD_BYTES } from '../../../protocol/object-limits.js';
import { receiveUpload } from '../../faults/upload-faults.js';
import { chunksOf } from '../../server/body.js';
import { checkContentMd5 } from '../../server/content-md5.js';
import { invalidArgument, OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { isObjectName } from '../../server/resource.js';
import { orDiscard } from '../../storage/content/content.js';
import type { StoredObject } from '../../storage/stored-object.js';
import { DEFAULT_CONTENT_TYPE, objectProperties } from '../objects/object-properties.js';
import { aclHeader } from '../objects/object-acl.js';
import { versionHeaders } from '../objects/version-headers.js';
import type { UploadRun } from '../operation.js';
import { requireLength } from './put-object.js';
import { uploadHeaders } from './upload.js';

const NEXT_POSITION_HEADER = 'x-oss-next-append-position';

/** @see https://help.aliyun.com/en/oss/developer-reference/appendobject */
export const appendObject: UploadRun = async (state, request, resource, _caller, cutAfterBytes) => {
  const { headers, body } = request;
  if (!isObjectName(resource.object)) throw new OssFailure('InvalidObjectName');
  const position = readPosition(request);
  requireLength(headers);
  const check = (current: StoredObject | undefined) => checkPosition(current, position);
  const current = state.objects.get(resource.bucket, resource.object);
  check(current);
  // An existing object keeps its properties; those of later requests are ignored.
  const sent = current ? [] : Object.entries(headers);
  const properties = objectProperties(sent, state.buckets.get(resource.bucket));
  const received = await receiveUpload(state, request, chunksOf(body), {
    limitBytes: MAX_UPLOAD_BYTES - position,
    cutAfterBytes,
  });
  if (!received) throw new OssFailure('EntityTooLarge');
  return orDiscard(received.content, async () => {
    checkContentMd5(headers['content-md5'], received.md5);
    const record = {
      ...resource,
      etag: received.md5.toString('hex').toUpperCase(),
      mimeType: headers['content-type'] || DEFAULT_CONTENT_TYPE,
      type: 'Appendable' as const,
      ...properties,
      requestId: request.id,
    };
    const stored = await state.objects.append(received, record, check, aclHeader(headers));
    return {
      status: 200,
      headers: {
        ...uploadHeaders(stored),
        ...versionHeaders(state, stored),
        [NEXT_POSITION_HEADER]: String(stored.size),
      },
    };
  });
};

function readPosition({ query }: OssRequest): number {
  const { position } = query;
  if (position === undefined) throw new OssFailure('MissingArgument', { ec: '0016-00000501' });
  const number = /^\d{1,13}$/.test(position) ? Number(position) : Number.NaN;
  if (number <= MAX_UPLOAD_BYTES) return number;
  throw invalidArgument('position', position);
}

/** @throws OssFailure if nothing can be appended to the object at this position */
function checkPosition(current: StoredObject | undefined, position: number): void {
  if (current && current.type !== 'Appendable') throw new OssFailure('ObjectNotAppendable');
  const { size = 0 } = current ?? {};
  if (position === size) return;
  throw new OssFailure('PositionNotEqualToLength', {
    headers: { [NEXT_POSITION_HEADER]: String(size) },
  });
}
