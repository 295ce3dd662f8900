import { DEFAULT_OWNER } from '../../options.js';
import { invalidArgument } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { xmlReply, xmlTime } from '../../server/xml.js';
import type { Bucket } from '../../storage/buckets.js';
import { endpointElements, locationOf } from '../buckets/bucket.js';
import { tagFilter } from '../buckets/bucket-tags.js';
import { tagElements } from '../objects/tags.js';
import type { Run } from '../operation.js';
import { ownerElements } from '../owner.js';
import { isAfter, listPage, readNumber } from './list-page.js';

const DEFAULT_KEYS = 100;
const MAX_KEYS = 1_000;

/** @see https://help.aliyun.com/en/oss/developer-reference/listbuckets */
export const listBuckets: Run = async (state, request) => {
  const { query } = request;
  const { prefix = '', marker = '' } = query;
  if (!/^[a-z0-9-]*$/.test(prefix)) throw invalidArgument('prefix', prefix);
  const max = readNumber(query, 'max-keys', DEFAULT_KEYS, { min: 1, max: MAX_KEYS });
  const used = [...state.objects.list(), ...state.multipart.list()].map(({ bucket }) => bucket);
  const isTagged = tagFilter(request);
  const following = state.buckets
    .list(used)
    .filter((bucket) => isAfter(bucket.name, marker) && isTagged(bucket));
  const page = listPage(following, ({ name }) => name, { prefix, delimiter: '', marker, max });
  return xmlReply('ListAllMyBucketsResult', [
    ...(page.isTruncated
      ? ([
          ['Prefix', prefix],
          ['Marker', marker],
          ['MaxKeys', String(max)],
          ['IsTruncated', 'true'],
          ['NextMarker', page.last?.name ?? ''],
        ] as const)
      : []),
    ['Owner', ownerElements(DEFAULT_OWNER)],
    ['Buckets', page.entries.map((bucket) => ['Bucket', bucketElements(request, bucket)] as const)],
  ]);
};

function bucketElements(request: OssRequest, bucket: Bucket) {
  const location = locationOf(bucket);
  return [
    ['CreationDate', xmlTime(bucket.createdAt)],
    ...endpointElements(request, bucket.name),
    ['Location', location],
    ['Name', bucket.name],
    ['Region', location.slice('oss-'.length)],
    ['StorageClass', bucket.storageClass],
    ...(bucket.tags?.length ? [['TagSet', tagElements(bucket.tags)] as const] : []),
  ] as const;
}
