import { OssFailure } from '../../server/oss-failure.js';
import { withHeaders } from '../../server/reply.js';
import { xmlReply, xmlTime } from '../../server/xml.js';
import { encryptionHeaders } from '../objects/encryption.js';
import { followSymlink } from '../objects/find-object.js';
import { versionHeaders } from '../objects/version-headers.js';
import type { UploadRun } from '../operation.js';
import { findUpload, readPartNumber } from '../uploads/multipart.js';
import { refuseDisorder } from '../uploads/part-order.js';
import { storePart } from '../uploads/store-part.js';
import { openSource, whileThere } from './copy-source.js';

const INVALID_SOURCE = '0042-00000301';
const NO_UPLOAD = '0042-00000311';

/** @see https://help.aliyun.com/en/oss/developer-reference/uploadpartcopy */
export const uploadPartCopy: UploadRun = async (state, request, resource, caller) => {
  const upload = findUpload(state, request, resource, NO_UPLOAD);
  const number = readPartNumber(request);
  refuseDisorder(upload, number);
  const opened = openSource(state, request, resource, caller, INVALID_SOURCE);
  if ('notModified' in opened) return opened.notModified;
  const source = followSymlink(state, opened.source, caller);
  const { start, end } = readRange(request.headers['x-oss-copy-source-range'], source.size);
  const content = source.content.stream(start, end);
  const received = (await whileThere(source, () => state.objects.receive(content)))!;
  const { etag, uploadedAt } = await storePart(state, upload, number, received, NO_UPLOAD);
  const reply = xmlReply('CopyPartResult', [
    ['LastModified', xmlTime(uploadedAt)],
    ['ETag', `"${etag}"`],
  ]);
  return withHeaders(reply, {
    etag: `"${etag}"`,
    'x-oss-hash-crc64ecma': received.crc64.toString(),
    ...encryptionHeaders(upload),
    ...versionHeaders(state, opened.source, 'x-oss-copy-source-version-id'),
  });
};

/**
 * A part of the source. As in GetObject, a range that is not understood or that reaches beyond it means all of it.
 * @throws OssFailure if the range begins beyond the source
 */
function readRange(header: string | undefined, size: number): { start: number; end: number } {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(header ?? '') ?? [];
  if (first === undefined) return { start: 0, end: size - 1 };
  const start = Number(first);
  const end = last === undefined ? size - 1 : Number(last);
  if (start >= size) throw new OssFailure('InvalidRange', { ec: '0042-00000306' });
  return start <= end && end < size ? { start, end } : { start: 0, end: size - 1 };
}
