import { formatSize, formatTime } from '../format.js';
import type { TextKey } from '../language/en.js';
import { locale, t, wordFor } from '../language/language.js';
import { imageSizeOf, type UploadRecord } from './record.js';
import { statusBadge } from './record-table.js';

export interface DetailGroup {
  title: TextKey;
  /** Labels and values in the user's language. */
  details: [label: string, value: Node | string][];
}

type Field = [label: TextKey, value: (record: UploadRecord) => unknown];

const GROUPS: readonly (readonly [title: TextKey, fields: readonly Field[]])[] = [
  [
    'upload',
    [
      ['status', ({ status }) => statusBadge(status)],
      ['source', ({ source }) => wordFor('source', source)],
      ['owner', ({ owner }) => owner],
      ['receivedAt', time('receivedAt')],
      ['completedAt', time('completedAt')],
      ['attempts', ({ attempts }) => attempts],
      ['nextAttemptAt', time('nextAttemptAt')],
      ['lastError', ({ lastError }) => lastError],
    ],
  ],
  [
    'object',
    [
      ['bucket', ({ bucket }) => bucket],
      ['key', ({ object }) => object],
      ['size', ({ size }) => sizeInWords(size)],
      ['type', ({ mimeType }) => mimeType],
      ['image', imageSizeOf],
      ['imageFormat', ({ imageFormat }) => imageFormat],
      ['lastModified', time('lastModified')],
      ['etag', ({ etag }) => etag],
      ['crc64', ({ crc64 }) => crc64],
      ['contentMd5', ({ contentMd5 }) => contentMd5],
      ['versionId', ({ versionId }) => versionId],
      ['supersededEtag', ({ supersededEtag }) => supersededEtag],
    ],
  ],
  [
    'verification',
    [
      ['confirmedAt', time('confirmedAt')],
      ['ticketed', ({ ticketed }) => t(ticketed ? 'yes' : 'no')],
      ['publicKeyFingerprint', ({ publicKeyFingerprint }) => publicKeyFingerprint],
      ['operation', ({ operation }) => operation],
      ['clientIp', ({ clientIp }) => clientIp],
      ['vpcId', ({ vpcId }) => vpcId],
      ['requestId', ({ requestId }) => requestId],
      ['uploadId', ({ id }) => id],
    ],
  ],
];

/** What a record says, in the groups of the dialog; what is empty is left out. */
export function detailsOf(record: UploadRecord): DetailGroup[] {
  const groups = GROUPS.map(([title, fields]): DetailGroup => ({
    title,
    details: fields.flatMap(([label, read]) => toDetail(t(label), read(record))),
  }));
  const variables = Object.entries(record.variables);
  groups.push({
    title: 'variables',
    details: variables.flatMap(([name, value]) => toDetail(name, value)),
  });
  return groups.filter(({ details }) => details.length > 0);
}

function toDetail(label: string, value: unknown): DetailGroup['details'] {
  if (value instanceof Node) return [[label, value]];
  if (typeof value === 'number') return [[label, String(value)]];
  return typeof value === 'string' && value !== '' ? [[label, value]] : [];
}

function sizeInWords(size: number | null): string {
  const words = formatSize(size);
  return size === null || size < 1024 ? words : `${words} (${size.toLocaleString(locale())} B)`;
}

function time(field: string): (record: UploadRecord) => string | false {
  return (record) => {
    const value = record[field];
    return typeof value === 'string' && formatTime(value, 'exact');
  };
}
