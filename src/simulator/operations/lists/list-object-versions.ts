import { type XmlContent, xmlReply, xmlTime } from '../../server/xml.js';
import {
  type ObjectVersion,
  type ObjectVersions,
  versionIdOf,
} from '../../storage/object-versions.js';
import { StoredObject } from '../../storage/stored-object.js';
import type { Run } from '../operation.js';
import { ownerElements, ownerOf } from '../owner.js';
import { contentElements } from './list-objects.js';
import { isAfter, listPage, prefixElements, readKeyQuery } from './list-page.js';

const QUERY = { idMarker: 'version-id-marker', max: 'max-keys', byDefault: 100 };

/** @see https://help.aliyun.com/en/oss/developer-reference/listobjectversions */
export const listObjectVersions: Run = async (state, request, { bucket }) => {
  const asked = readKeyQuery(request, QUERY);
  const { prefix, delimiter, marker, idMarker, max, elements, write } = asked;
  const following = state.objects
    .listVersions(bucket)
    .flatMap((versions) => versionsAfter(versions, marker, idMarker));
  const page = listPage(following, ({ version }) => version.object, asked);
  const { last } = page;
  const owner = ownerElements(ownerOf(state, bucket));
  return xmlReply('ListVersionsResult', [
    ['Name', bucket],
    ['Prefix', write(prefix)],
    ['KeyMarker', write(marker)],
    ['VersionIdMarker', idMarker],
    ...(page.isTruncated
      ? ([
          ['NextKeyMarker', write(last?.name ?? '')],
          ['NextVersionIdMarker', last?.entry ? versionIdOf(last.entry.version) : ''],
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
        ['VersionId', versionIdOf(version)],
        ['IsLatest', String(isLatest)],
        ['LastModified', xmlTime(version.lastModified)],
        ...(version instanceof StoredObject ? contentElements(version) : []),
        ['Owner', owner],
      ],
    ]),
    ...prefixElements(page, write),
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
  return listed.slice(versions.findIndex((version) => versionIdOf(version) === idMarker) + 1);
}
