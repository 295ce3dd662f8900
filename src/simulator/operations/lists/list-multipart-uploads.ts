import { xmlReply, xmlTime } from '../../server/xml.js';
import { readEncodingType } from '../encoding-type.js';
import type { Run } from '../operation.js';
import { isAfter, listPage, readNumber, readText } from './list-page.js';

const MAX_UPLOADS = 1_000;

/** @see https://help.aliyun.com/en/oss/developer-reference/listmultipartuploads */
export const listMultipartUploads: Run = async (state, request, { bucket }) => {
  const { query } = request;
  const [prefix, delimiter] = [readText(query, 'prefix'), readText(query, 'delimiter')];
  const marker = readText(query, 'key-marker');
  const { elements, write } = readEncodingType(request);
  const uploadIdMarker = readText(query, 'upload-id-marker');
  const idMarker = marker === '' ? '' : uploadIdMarker;
  const max = readNumber(query, 'max-uploads', MAX_UPLOADS, { min: 1, max: MAX_UPLOADS });
  // A key can have several uploads; an id marks the place among those of the marker's key.
  const following = state.multipart
    .list(bucket)
    .filter(
      ({ object, id }) =>
        isAfter(object, marker) || (object === marker && idMarker !== '' && id > idMarker),
    );
  const page = listPage(following, ({ object }) => object, { prefix, delimiter, marker, max });
  return xmlReply('ListMultipartUploadsResult', [
    ['Bucket', bucket],
    ...elements,
    ['KeyMarker', write(marker)],
    ['UploadIdMarker', idMarker],
    ['NextKeyMarker', write(page.last?.name ?? '')],
    ['NextUploadIdMarker', page.last?.entry?.id ?? ''],
    ['Delimiter', write(delimiter)],
    ['Prefix', write(prefix)],
    ['MaxUploads', String(max)],
    ['IsTruncated', String(page.isTruncated)],
    ...page.entries.map(
      ({ object, id, headers, initiatedAt }) =>
        [
          'Upload',
          [
            ['Key', write(object)],
            ['UploadId', id],
            ['StorageClass', headers['x-oss-storage-class'] ?? 'Standard'],
            ['Initiated', xmlTime(initiatedAt)],
          ],
        ] as const,
    ),
    ...page.prefixes.map((one) => ['CommonPrefixes', [['Prefix', write(one)]]] as const),
  ]);
};
