import { DEFAULT_OWNER } from '../../options.js';
import { type XmlContent, xmlReply, xmlTime } from '../../server/xml.js';
import {
  hasVersionId,
  NULL_VERSION_ID,
  type ObjectVersion,
  type ObjectVersions,
} from '../../storage/object-versions.js';
import { StoredObject } from '../../storage/stored-object.js';
import { readEncodingType } from '../encoding-type.js';
import type { Run } from '../operation.js';
import { ownerElements } from './list-objects.js';
import { isAfter, listPage, readNumber, readText } from './list-page.js';

const MAX_KEYS = 1_000;
const DEFAULT_KEYS = 100;

/** @see https://help.aliyun.com/en/oss/developer-reference/listobjectversions */
export const listObjectVersions: Run = async (state, request, { bucket }) => {
  const { query } = request;
  const [prefix, delimiter] = [readText(query, 'prefix'), readText(query, 'delimiter')];
  const marker = readText(query, 'key-marker');
  const { elements, write } = readEncodingType(request);
  const versionIdMarker = readText(query, 'version-id-marker');
  const idMarker = marker === '' ? '' : versionIdMarker;
  const max = readNumber(query, 'max-keys', DEFAULT_KEYS, { min: 1, max: MAX_KEYS });
  const following = state.objects
    .listVersions(bucket)
    .flatMap((versions) => versionsAfter(versions, marker, idMarker));
  const page = listPage(following, ({ version }) => version.object, {
    prefix,
    delimiter,
    marker,
    max,
  });
  const { last } = page;
  const owner = ownerElements(state.buckets.get(bucket)?.owner ?? DEFAULT_OWNER);
  return xmlReply('ListVersionsResult', [
    ['Name', bucket],
    ['Prefix', write(prefix)],
    ['KeyMarker', write(marker)],
    ['VersionIdMarker', idMarker],
    ...(page.isTruncated
      ? ([
          ['NextKeyMarker', write(last?.name ?? '')],
          ['NextVersionIdMarker', last?.entry ? idOf(last.entry.version) : ''],
        ] as const)
      : []),
    ['MaxKeys', String(max)],
    ['Delimiter', write(delimiter)],
    ...elements,
    ['IsTruncated', String(page.isTruncated)],
    ...page.entries.map(({ version, isLatest }): [string, XmlContent] => [
      version instanceof StoredObject ? 'Version' : 'DeleteMarker',
      [
        ['Key', write(version.object)],
        ['VersionId', idOf(version)],
        ['IsLatest', String(isLatest)],
        ['LastModified', xmlTime(version.lastModified)],
        ...(version instanceof StoredObject ? contentElements(version) : []),
        ['Owner', owner],
      ],
    ]),
    ...page.prefixes.map((one) => ['CommonPrefixes', [['Prefix', write(one)]]] as const),
  ]);
};

interface ListedVersion {
  version: ObjectVersion;
  isLatest: boolean;
}

/** Of the marker's key, the versions that are older than the marker's version; all, if that is deleted by now. */
function versionsAfter(
  versions: ObjectVersions,
  marker: string,
  idMarker: string,
): ListedVersion[] {
  const listed = versions.map((version, index) => ({ version, isLatest: index === 0 }));
  const [{ object }] = versions;
  if (isAfter(object, marker)) return listed;
  if (object !== marker || idMarker === '') return [];
  return listed.slice(versions.findIndex((version) => hasVersionId(version, idMarker)) + 1);
}

function idOf({ versionId = NULL_VERSION_ID }: ObjectVersion): string {
  return versionId;
}

function contentElements({ etag, type, size, headers }: StoredObject): [string, string][] {
  return [
    ['ETag', `"${etag}"`],
    ['Type', type],
    ['Size', String(size)],
    ['StorageClass', headers['x-oss-storage-class'] ?? 'Standard'],
  ];
}
