import { quoted, shown } from '../../common/log-text.js';
import { UPLOAD_ID_HEADER } from '../../oss-client/oss-client.js';
import {
  METADATA_PREFIX,
  type ObjectOptions,
  SERVER_SIDE_ENCRYPTIONS,
  STORAGE_CLASSES,
} from '../../protocol/object-options.js';
import {
  isTag,
  MAX_TAG_KEY_LENGTH,
  MAX_TAG_VALUE_LENGTH,
  MAX_TAGS,
} from '../../protocol/object-tags.js';
import { invalidRequest } from './invalid-request.js';

const MAX_TEXT_LENGTH = 1_024;
/** Texts that HTTP headers carry unchanged. */
const HEADER_TEXT = /^[!-~](?:[ -~]*[!-~])?$/;
/** OSS's limit is 8 KB in total, with the upload id. */
const MAX_METADATA_BYTES = 8_000;
const METADATA_NAME = /^[a-z0-9-]+$/;

/**
 * The object options of a request; those that are not given are left out.
 * @throws OssCallbackError `INVALID_UPLOAD_REQUEST`, naming the field
 */
export function checkObjectOptions(request: ObjectOptions): ObjectOptions {
  const { storageClass, serverSideEncryption, serverSideEncryptionKeyId } = request;
  if (serverSideEncryptionKeyId !== undefined && serverSideEncryption !== 'KMS') {
    throw invalidRequest('serverSideEncryptionKeyId', 'needs serverSideEncryption: "KMS"');
  }
  return withoutUndefined({
    cacheControl: checkText('cacheControl', request.cacheControl),
    contentDisposition: checkText('contentDisposition', request.contentDisposition),
    contentEncoding: checkText('contentEncoding', request.contentEncoding),
    storageClass: checkWord('storageClass', storageClass, STORAGE_CLASSES),
    serverSideEncryption: checkWord(
      'serverSideEncryption',
      serverSideEncryption,
      SERVER_SIDE_ENCRYPTIONS,
    ),
    serverSideEncryptionKeyId: checkText('serverSideEncryptionKeyId', serverSideEncryptionKeyId),
    tagging: checkTagging(request.tagging),
    metadata: checkMetadata(request.metadata),
  });
}

function checkText(field: string, text: unknown): string | undefined {
  if (text === undefined) return undefined;
  if (typeof text === 'string' && text.length <= MAX_TEXT_LENGTH && HEADER_TEXT.test(text)) {
    return text;
  }
  throw invalidRequest(
    field,
    `is ${shown(text)}; a header takes 1 to ${MAX_TEXT_LENGTH} ASCII characters, without a space at either end`,
  );
}

function checkWord<Word extends string>(
  field: string,
  word: unknown,
  words: readonly Word[],
): Word | undefined {
  if (word === undefined) return undefined;
  const known = words.find((one) => one === word);
  if (known !== undefined) return known;
  throw invalidRequest(field, `is ${shown(word)}; write ${words.join(', ')}`);
}

function checkTagging(tagging: ObjectOptions['tagging']): Record<string, string> | undefined {
  const tags = entriesOf('tagging', tagging);
  if (tags.length > MAX_TAGS)
    throw invalidRequest('tagging', `has ${tags.length} tags; OSS accepts ${MAX_TAGS}`);
  for (const [key, value] of tags) {
    if (typeof value === 'string' && isTag(key, value)) continue;
    throw invalidRequest(
      'tagging',
      `has the tag ${quoted(key).text}; keys have 1 to ${MAX_TAG_KEY_LENGTH} characters, values up to ${MAX_TAG_VALUE_LENGTH}: letters, digits, spaces and + - = . _ : /`,
    );
  }
  return tags.length === 0 ? undefined : Object.fromEntries(tags);
}

function checkMetadata(metadata: ObjectOptions['metadata']): ObjectOptions['metadata'] {
  if (metadata === 'any') return metadata;
  const checked = new Map<string, string>();
  let bytes = 0;
  for (const [name, value] of entriesOf('metadata', metadata)) {
    const lower = name.toLowerCase();
    const problem = !METADATA_NAME.test(lower)
      ? 'names have letters, digits and hyphens'
      : METADATA_PREFIX + lower === UPLOAD_ID_HEADER
        ? 'it is reserved for the upload’s id'
        : checked.has(lower)
          ? 'it is given twice, since OSS ignores upper case'
          : typeof value === 'string' && HEADER_TEXT.test(value)
            ? undefined
            : 'a value has 1 or more ASCII characters, without a space at either end';
    if (problem !== undefined)
      throw invalidRequest('metadata', `has ${quoted(name).text}: ${problem}`);
    checked.set(lower, value);
    bytes += METADATA_PREFIX.length + lower.length + value.length;
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw invalidRequest(
      'metadata',
      `has ${bytes} bytes; OSS accepts ${MAX_METADATA_BYTES} with the upload id`,
    );
  }
  return checked.size === 0 ? undefined : Object.fromEntries(checked);
}

function entriesOf(field: string, texts: unknown): [string, string][] {
  if (texts === undefined) return [];
  if (typeof texts === 'object' && texts !== null && !Array.isArray(texts)) {
    return Object.entries(texts);
  }
  throw invalidRequest(field, `is ${shown(texts)}; write an object of names and strings`);
}

function withoutUndefined<T extends object>(
  options: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
