import { invalidArgument } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { type XmlContent, xmlReply, xmlTime } from '../../server/xml.js';
import type { SimulatorState } from '../../state.js';
import type { StoredObject } from '../../storage/stored-object.js';
import { type NameEncoding, readEncodingType } from '../encoding-type.js';
import { storageClassOf } from '../objects/object-properties.js';
import type { Run } from '../operation.js';
import { ownerElements, ownerOf } from '../owner.js';
import { isAfter, listPage, prefixElements, readNumber, readText } from './list-page.js';

const MAX_KEYS = 1_000;
const DEFAULT_KEYS = 100;

type Elements = (readonly [string, XmlContent])[];

/** @see https://help.aliyun.com/en/oss/developer-reference/listobjects */
export const listObjects: Run = async (state, request, { bucket }) => {
  const marker = readText(request.query, 'marker');
  const names = readEncodingType(request);
  const { elements, next } = list(state, bucket, request, names, marker);
  return xmlReply('ListBucketResult', [
    ['Name', bucket],
    ['Marker', names.write(marker)],
    ...elements,
    ...(next === undefined ? [] : [['NextMarker', names.write(next)] as const]),
  ]);
};

/** @see https://help.aliyun.com/en/oss/developer-reference/listobjectsv2 */
export const listObjectsV2: Run = async (state, request, { bucket }) => {
  const { query } = request;
  const token = query['continuation-token'];
  const startAfter = readText(query, 'start-after');
  if (query['list-type'] !== '2') throw invalidArgument('list-type', query['list-type'] ?? '');
  const names = readEncodingType(request);
  const marker = token ? readToken(token) : startAfter;
  const { elements, next, count } = list(state, bucket, request, names, marker);
  return xmlReply('ListBucketResult', [
    ['Name', bucket],
    ['StartAfter', names.write(startAfter)],
    ...(token === undefined ? [] : [['ContinuationToken', token] as const]),
    ...elements,
    ...(next === undefined ? [] : [['NextContinuationToken', writeToken(next)] as const]),
    ['KeyCount', String(count)],
  ]);
};

function list(
  state: SimulatorState,
  bucket: string,
  { query }: OssRequest,
  { elements, write }: NameEncoding,
  marker: string,
): { elements: Elements; next: string | undefined; count: number } {
  const [prefix, delimiter] = [readText(query, 'prefix'), readText(query, 'delimiter')];
  const max = readNumber(query, 'max-keys', DEFAULT_KEYS, { min: 1, max: MAX_KEYS });
  const following = state.objects.list(bucket).filter(({ object }) => isAfter(object, marker));
  const page = listPage(following, ({ object }) => object, { prefix, delimiter, marker, max });
  const withOwner = query['list-type'] === undefined || query['fetch-owner'] === 'true';
  const owner = ownerOf(state, bucket);
  return {
    next: page.isTruncated ? page.last?.name : undefined,
    count: page.entries.length + page.prefixes.length,
    elements: [
      ['Prefix', write(prefix)],
      ['MaxKeys', String(max)],
      ['Delimiter', write(delimiter)],
      ...elements,
      ['IsTruncated', String(page.isTruncated)],
      ...page.entries.map(
        (stored) => ['Contents', contents(stored, write, withOwner ? owner : undefined)] as const,
      ),
      ...prefixElements(page, write),
    ],
  };
}

function contents(
  stored: StoredObject,
  write: NameEncoding['write'],
  owner: string | undefined,
): XmlContent {
  return [
    ['Key', write(stored.object)],
    ['LastModified', xmlTime(stored.lastModified)],
    ...contentElements(stored),
    ...(owner === undefined ? [] : [['Owner', ownerElements(owner)] as const]),
  ];
}

/** The elements that describe content in the lists of objects and of versions. */
export function contentElements(stored: StoredObject): (readonly [string, string])[] {
  return [
    ['ETag', `"${stored.etag}"`],
    ['Type', stored.type],
    ['Size', String(stored.size)],
    ['StorageClass', storageClassOf(stored)],
  ];
}

/**
 * Consists of characters that percent-decoding leaves unchanged, since some SDKs decode tokens with the names, and
 * others do not.
 */
function writeToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (writeToken(name) !== token) throw invalidArgument('continuation-token', token);
  return name;
}
