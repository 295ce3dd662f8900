import { readText } from '../../server/body.js';
import { invalidArgument } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { Bucket } from '../../storage/buckets.js';
import { type Tag, type TagRules, readTagDocument, tagElements } from '../objects/tags.js';
import { xmlReply } from '../../server/xml.js';
import type { Run } from '../operation.js';
import { MAX_CONFIGURATION_BYTES, settings } from './bucket.js';

const MAX_KEY_BYTES = 64;
const MAX_VALUE_BYTES = 128;
const BUCKET_TAGS: TagRules = {
  maxTags: 20,
  // Of any characters, unlike those of objects.
  isTag: (key, value) =>
    key !== '' &&
    Buffer.byteLength(key) <= MAX_KEY_BYTES &&
    Buffer.byteLength(value) <= MAX_VALUE_BYTES &&
    !/^(?:https?:\/\/|aliyun|acs:)/i.test(key),
};

/** @see https://help.aliyun.com/en/oss/developer-reference/putbuckettags */
export const putBucketTags: Run = async (state, request, { bucket }) => {
  const tags = readTagDocument(await readText(request.body, MAX_CONFIGURATION_BYTES), BUCKET_TAGS);
  await state.buckets.put(bucket, { tags }, state.clock());
  return { status: 200 };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getbuckettags */
export const getBucketTags: Run = async (state, _request, { bucket }) =>
  xmlReply('Tagging', [['TagSet', tagElements(settings(state, bucket).tags ?? [])]]);

/** Deletes those whose keys the query lists, or all. https://help.aliyun.com/en/oss/developer-reference/deletebuckettags */
export const deleteBucketTags: Run = async (state, { query }, { bucket }) => {
  const { tagging = '' } = query;
  const deleted = new Set(tagging.split(','));
  const { tags = [] } = settings(state, bucket);
  const kept = tagging === '' ? [] : tags.filter(([key]) => !deleted.has(key));
  await state.buckets.put(bucket, { tags: kept }, state.clock());
  return { status: 204 };
};

/**
 * Whether a bucket has the tags that a ListBuckets asks for: a key, perhaps with its value, or several of both.
 * @throws OssFailure if the query cannot be read
 */
export function tagFilter({ query }: OssRequest): (bucket: Bucket) => boolean {
  const { 'tag-key': key, 'tag-value': value, tagging = '' } = query;
  if (key === undefined && value !== undefined) throw invalidArgument('tag-value', value);
  const wanted: (readonly [key: string, value: string | undefined])[] = [
    ...(key === undefined ? [] : [[key, value] as const]),
    ...readPairs(tagging),
  ];
  return ({ tags = [] }) =>
    wanted.every(([name, content]) =>
      tags.some((tag) => tag[0] === name && (content === undefined || tag[1] === content)),
    );
}

/** Reads `"key":"value","key2":"value2"`, also without any quotes. */
function readPairs(tagging: string): Tag[] {
  const quoted = tagging.includes('"') ? tagging : tagging.replace(/[^:,]+/g, '"$&"');
  try {
    const pairs = Object.entries(JSON.parse(`{${quoted}}`) as Record<string, unknown>);
    return pairs.map(([key, value]) => [key, String(value)]);
  } catch {
    throw invalidArgument('tagging', tagging);
  }
}
