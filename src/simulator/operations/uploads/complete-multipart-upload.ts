import { multipartEtag } from '../../../protocol/checksum/multipart-etag.js';
import { MIN_PART_BYTES } from '../../../protocol/object-limits.js';
import { encodeObjectPath } from '../../../protocol/signing/percent-encoding.js';
import { xmlElements } from '../../../protocol/xml-elements.js';
import { readCallback } from '../../callbacks/read-callback.js';
import { readText } from '../../server/body.js';
import { OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { unescapeXml, xmlReply } from '../../server/xml.js';
import { orDiscard } from '../../storage/content/content.js';
import type { MultipartUpload, UploadedPart } from '../../storage/multipart/multipart-upload.js';
import { readEncodingType } from '../encoding-type.js';
import { aclHeader } from '../objects/object-acl.js';
import type { Run } from '../operation.js';
import { requireDeclaredParts } from './client-encryption.js';
import { findUpload } from './multipart.js';
import { refuseOverwrite, replyToUpload } from './upload.js';

/** About four times the size of a list of 10,000 parts. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;

/** @see https://help.aliyun.com/en/oss/developer-reference/completemultipartupload */
export const completeMultipartUpload: Run = async (state, request, resource, caller) => {
  const callback = await readCallback(state, request);
  const { elements, write } = readEncodingType(request);
  const list = await readText(request.body, MAX_LIST_BYTES);
  const upload = findUpload(state, request, resource);
  const parts = chooseParts(upload, request, list);
  requireDeclaredParts(upload, parts);
  const forbidOverwrite = request.headers['x-oss-forbid-overwrite'];
  refuseOverwrite(state, resource, forbidOverwrite);
  const { mimeType, metadata } = upload;
  const acl = aclHeader(request.headers);
  const stored = await state.multipart.complete(upload, async () => {
    const received = await state.objects.receive(bytesOf(parts));
    if (!received) throw new OssFailure('EntityTooLarge');
    // Again, because another upload may have been stored while the parts were combined.
    await orDiscard(received.content, () => refuseOverwrite(state, resource, forbidOverwrite));
    return state.objects.commit(received, {
      ...resource,
      etag: multipartEtag(parts.map((part) => part.etag)),
      mimeType,
      metadata,
      headers: { ...upload.headers, ...acl },
      ...(upload.sequential ? { contentMd5: received.md5.toString('base64') } : {}),
      type: 'Multipart',
      requestId: request.id,
    });
  });
  return replyToUpload(state, request, {
    stored,
    operation: 'CompleteMultipartUpload',
    callback,
    caller,
    withoutCallback: xmlReply('CompleteMultipartUploadResult', [
      ...elements,
      ['Location', `${state.url}/${stored.bucket}/${encodeObjectPath(stored.object)}`],
      ['Bucket', stored.bucket],
      ['Key', write(stored.object)],
      ['ETag', `"${stored.etag}"`],
    ]),
  });
};

function chooseParts(upload: MultipartUpload, request: OssRequest, list: string): UploadedPart[] {
  const uploaded = [...upload.parts.values()].toSorted((a, b) => a.number - b.number);
  const completeAll = request.headers['x-oss-complete-all']?.toLowerCase() === 'yes';
  if (completeAll && list !== '') {
    throw new OssFailure('InvalidArgument', {
      message: 'Should not speficy both complete all header and http body.', // OSS's own spelling
      ec: '0042-00000216',
    });
  }
  const parts = completeAll ? uploaded : listedParts(upload, list);
  if (upload.sequential && parts.some(({ number }, index) => number !== index + 1)) {
    throw new OssFailure('PartNotSequential');
  }
  if (parts.slice(0, -1).some(({ received }) => received.sizeBytes < MIN_PART_BYTES)) {
    throw new OssFailure('EntityTooSmall');
  }
  return parts;
}

/** The parts that the client lists, with the ETags that it received for them. */
function listedParts(upload: MultipartUpload, list: string): UploadedPart[] {
  if (!/<CompleteMultipartUpload[\s/>]/.test(list)) throw new OssFailure('MalformedXML');
  let previous = 0;
  return xmlElements(list, 'Part').map((part) => {
    const number = Number(textOf(part, 'PartNumber'));
    const etag = unescapeXml(textOf(part, 'ETag')).replaceAll('"', '').toUpperCase();
    if (!Number.isInteger(number)) throw new OssFailure('MalformedXML');
    if (number <= previous) throw new OssFailure('InvalidPartOrder');
    previous = number;
    const uploaded = upload.parts.get(number);
    if (uploaded?.etag !== etag) {
      throw new OssFailure('InvalidPart', { details: { PartNumber: String(number) } });
    }
    return uploaded;
  });
}

function textOf(xml: string, name: string): string {
  const [text] = xmlElements(xml, name);
  if (text === undefined || text.includes('<')) throw new OssFailure('MalformedXML');
  return text.trim();
}

async function* bytesOf(parts: readonly UploadedPart[]): AsyncGenerator<Uint8Array> {
  for (const { received } of parts) {
    const { content } = received;
    if (content.sizeBytes > 0) {
      yield* content.stream(0, content.sizeBytes - 1) as AsyncIterable<Uint8Array>;
    }
  }
}
