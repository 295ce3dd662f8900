/**
 * The tags of an object.
 * @see https://help.aliyun.com/en/oss/user-guide/object-tagging-8
 */

/** Of one object. */
export const MAX_TAGS = 10;
export const MAX_TAG_KEY_LENGTH = 128;
export const MAX_TAG_VALUE_LENGTH = 256;

const TAG_TEXT = /^[\p{L}\p{N} +\-=._:/]*$/u;

/** Whether OSS accepts a tag. */
export function isTag(key: string, value: string): boolean {
  return (
    key !== '' &&
    key.length <= MAX_TAG_KEY_LENGTH &&
    value.length <= MAX_TAG_VALUE_LENGTH &&
    TAG_TEXT.test(key) &&
    TAG_TEXT.test(value)
  );
}

/** Tags as the header `x-oss-tagging` takes them. */
export function writeTagging(tags: Iterable<readonly [key: string, value: string]>): string {
  return Array.from(tags, (pair) => pair.map(encodeURIComponent).join('=')).join('&');
}
