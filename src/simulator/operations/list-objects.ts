import { percentEncode } from '../../protocol/signing/percent-encoding.js';
import { DEFAULT_OWNER } from '../options.js';
import { OssFailure } from '../server/oss-failure.js';
import { type XmlContent, xmlReply, xmlTime } from '../server/xml.js';
import type { SimulatorState } from '../state.js';
import type { StoredObject } from '../storage/stored-object.js';
import { listPage, readNumber } from './list-page.js';
import type { Run } from './operation.js';

const MAX_KEYS = 1_000;
const DEFAULT_KEYS = 100;

type Query = Readonly<Record<string, string>>;
type Elements = (readonly [string, XmlContent])[];

/** @see https://help.aliyun.com/en/oss/developer-reference/listobjects */
export const listObjects: Run = async (state, { query }, { bucket }) => {
  const { marker = '' } = query;
  const { elements, next } = list(state, bucket, query, marker);
  return xmlReply('ListBucketResult', [
    ['Name', bucket],
    ['Marker', write(query, marker)],
    ...elements,
    ...(next === undefined ? [] : [['NextMarker', write(query, next)] as const]),
  ]);
};

/** @see https://help.aliyun.com/en/oss/developer-reference/listobjectsv2 */
export const listObjectsV2: Run = async (state, { query }, { bucket }) => {
  const token = query['continuation-token'];
  const startAfter = query['start-after'] ?? '';
  if (query['list-type'] !== '2') throw invalid('list-type', query['list-type'] ?? '');
  const marker = token === undefined ? startAfter : readToken(token);
  const { elements, next, count } = list(state, bucket, query, marker);
  return xmlReply('ListBucketResult', [
    ['Name', bucket],
    ['StartAfter', write(query, startAfter)],
    ...(token === undefined ? [] : [['ContinuationToken', token] as const]),
    ...elements,
    ...(next === undefined ? [] : [['NextContinuationToken', writeToken(next)] as const]),
    ['KeyCount', String(count)],
  ]);
};

function list(
  state: SimulatorState,
  bucket: string,
  query: Query,
  after: string,
): { elements: Elements; next: string | undefined; count: number } {
  const { prefix = '', delimiter = '', 'encoding-type': encoding } = query;
  const maxKeys = readNumber(query, 'max-keys', DEFAULT_KEYS, { min: 1, max: MAX_KEYS });
  if (encoding !== undefined && encoding !== 'url') throw invalid('encoding-type', encoding);
  const byName = new Map(state.objects.list(bucket).map((object) => [object.object, object]));
  const page = listPage([...byName.keys()], { prefix, delimiter, after, max: maxKeys });
  const withOwner = query['list-type'] === undefined || query['fetch-owner'] === 'true';
  const owner = state.buckets.get(bucket)?.owner ?? DEFAULT_OWNER;
  return {
    next: page.next,
    count: page.names.length + page.prefixes.length,
    elements: [
      ['Prefix', write(query, prefix)],
      ['MaxKeys', String(maxKeys)],
      ['Delimiter', write(query, delimiter)],
      ...(encoding === undefined ? [] : [['EncodingType', encoding] as const]),
      ['IsTruncated', String(page.next !== undefined)],
      ...page.names.map((name) => {
        const object = byName.get(name)!;
        return ['Contents', contents(query, object, withOwner ? owner : undefined)] as const;
      }),
      ...page.prefixes.map(
        (one) => ['CommonPrefixes', [['Prefix', write(query, one)]]] satisfies Elements[number],
      ),
    ],
  };
}

function contents(query: Query, stored: StoredObject, owner: string | undefined): XmlContent {
  return [
    ['Key', write(query, stored.object)],
    ['LastModified', xmlTime(stored.lastModified)],
    ['ETag', `"${stored.etag}"`],
    ['Type', stored.type],
    ['Size', String(stored.size)],
    ['StorageClass', stored.headers['x-oss-storage-class'] ?? 'Standard'],
    ...(owner === undefined ? [] : [['Owner', ownerElements(owner)] as const]),
  ];
}

export function ownerElements(owner: string): XmlContent {
  return [
    ['ID', owner],
    ['DisplayName', owner],
  ];
}

function write(query: Query, text: string): string {
  return query['encoding-type'] === 'url' ? percentEncode(text) : text;
}

function writeToken(name: string): string {
  return Buffer.from(name).toString('base64');
}

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64').toString('utf8');
  if (token === '' || writeToken(name) !== token) throw invalid('continuation-token', token);
  return name;
}

function invalid(name: string, value: string): OssFailure {
  return new OssFailure('InvalidArgument', {
    message: `${name} is invalid.`,
    details: { ArgumentName: name, ArgumentValue: value },
  });
}
