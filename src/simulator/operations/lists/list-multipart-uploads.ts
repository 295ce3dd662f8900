import { xmlReply, xmlTime } from '../../server/xml.js';
import { storageClassOf } from '../objects/object-properties.js';
import type { Run } from '../operation.js';
import { isAfter, listPage, prefixElements, readKeyQuery } from './list-page.js';

const QUERY = { idMarker: 'upload-id-marker', max: 'max-uploads', byDefault: 1_000 };

/** @see https://help.aliyun.com/en/oss/developer-reference/listmultipartuploads */
export const listMultipartUploads: Run = async (state, request, { bucket }) => {
  const asked = readKeyQuery(request, QUERY);
  const { prefix, delimiter, marker, idMarker, max, elements, write } = asked;
  const following = state.multipart
    .list(bucket)
    .filter(
      ({ object, id }) =>
        isAfter(object, marker) || (object === marker && idMarker !== '' && id > idMarker),
    );
  const page = listPage(following, ({ object }) => object, asked);
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
      (upload) =>
        [
          'Upload',
          [
            ['Key', write(upload.object)],
            ['UploadId', upload.id],
            ['StorageClass', storageClassOf(upload)],
            ['Initiated', xmlTime(upload.initiatedAt)],
          ],
        ] as const,
    ),
    ...prefixElements(page, write),
  ]);
};
