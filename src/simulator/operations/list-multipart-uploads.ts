import { percentEncode } from '../../protocol/signing/percent-encoding.js';
import { xmlReply, xmlTime } from '../server/xml.js';
import { listPage, readNumber } from './list-page.js';
import type { Run } from './operation.js';

const MAX_UPLOADS = 1_000;

/** @see https://help.aliyun.com/en/oss/developer-reference/listmultipartuploads */
export const listMultipartUploads: Run = async (state, { query }, { bucket }) => {
  const { prefix = '', delimiter = '', 'encoding-type': encoding } = query;
  const keyMarker = query['key-marker'] ?? '';
  const idMarker = keyMarker === '' ? '' : (query['upload-id-marker'] ?? '');
  const max = readNumber(query, 'max-uploads', MAX_UPLOADS, { min: 1, max: MAX_UPLOADS });
  const write = (text: string) => (encoding === 'url' ? percentEncode(text) : text);
  // A key can have several uploads, so the id is appended after the character that sorts first.
  const byName = new Map(state.multipart.list(bucket).map((one) => [nameOf(one), one]));
  const after = keyMarker === '' ? '' : `${keyMarker}\u0000${idMarker || '\uffff'}`;
  const page = listPage([...byName.keys()], { prefix, delimiter, after, max });
  const last = page.next === undefined ? undefined : byName.get(page.next);
  return xmlReply('ListMultipartUploadsResult', [
    ['Bucket', bucket],
    ...(encoding === undefined ? [] : [['EncodingType', encoding] as const]),
    ['KeyMarker', write(keyMarker)],
    ['UploadIdMarker', idMarker],
    ['NextKeyMarker', write(last?.object ?? page.next ?? '')],
    ['NextUploadIdMarker', last?.id ?? ''],
    ['Delimiter', write(delimiter)],
    ['Prefix', write(prefix)],
    ['MaxUploads', String(max)],
    ['IsTruncated', String(page.next !== undefined)],
    ...page.names.map((name) => {
      const upload = byName.get(name)!;
      return [
        'Upload',
        [
          ['Key', write(upload.object)],
          ['UploadId', upload.id],
          ['StorageClass', upload.headers['x-oss-storage-class'] ?? 'Standard'],
          ['Initiated', xmlTime(upload.initiatedAt)],
        ],
      ] as const;
    }),
    ...page.prefixes.map((one) => ['CommonPrefixes', [['Prefix', write(one)]]] as const),
  ]);
};

function nameOf({ object, id }: { object: string; id: string }): string {
  return `${object}\u0000${id}`;
}
