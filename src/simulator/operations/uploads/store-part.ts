import { checkContentMd5 } from '../../server/content-md5.js';
import { OssFailure } from '../../server/oss-failure.js';
import type { SimulatorState } from '../../state.js';
import { orDiscard, type ReceivedContent } from '../../storage/content/content.js';
import type { MultipartUpload, UploadedPart } from '../../storage/multipart/multipart-upload.js';
import { refuseDisorder } from './part-order.js';

/**
 * Adds received content to an upload as a part.
 * @param ec of `NoSuchUpload`, if the upload has ended while the part arrived
 * @param expectedMd5 in base64, as the client sent it
 * @throws OssFailure
 */
export async function storePart(
  state: SimulatorState,
  upload: MultipartUpload,
  number: number,
  received: ReceivedContent,
  ec: string,
  expectedMd5?: string,
): Promise<UploadedPart> {
  await orDiscard(received.content, () => {
    checkContentMd5(expectedMd5, received.md5);
    // Again, because another part may have been added while this one arrived.
    refuseDisorder(upload, number);
  });
  const etag = received.md5.toString('hex').toUpperCase();
  const part = { number, etag, received, uploadedAt: state.clock() };
  if (!(await state.multipart.addPart(upload, part))) throw noSuchUpload(upload.id, ec);
  return part;
}

export function noSuchUpload(id: string, ec?: string): OssFailure {
  return new OssFailure('NoSuchUpload', { details: { UploadId: id }, ec });
}
