import { createContext, runInContext } from 'node:vm';
import { imageSize } from 'image-size';
import type { CallbackVariables } from '../../protocol/callback/callback-parameter.js';
import type { CallbackValue } from '../../protocol/callback/callback-rendering.js';
import type { StoredObject } from '../storage/stored-object.js';

export interface UploadFacts {
  stored: StoredObject;
  clientIp: string;
  requestId: string;
  operation: 'PutObject' | 'PostObject' | 'CompleteMultipartUpload';
  variables: CallbackVariables;
}

/** The values of the variables in a callback body. Variables that OSS leaves unset are not in the map. */
export function callbackValues(facts: UploadFacts, template: string): Map<string, CallbackValue> {
  const { stored } = facts;
  const values = new Map<string, CallbackValue>([
    ['bucket', stored.bucket],
    ['object', stored.object],
    ['etag', stored.etag],
    ['size', stored.size],
    ['mimeType', stored.mimeType],
    ['crc64', BigInt(stored.crc64)],
    ['clientIp', facts.clientIp],
    ['reqId', facts.requestId],
    ['operation', facts.operation],
  ]);
  if (stored.contentMd5 !== undefined) values.set('contentMd5', stored.contentMd5);
  // Reads the object, so only if the template asks for it.
  const image = template.includes('${imageInfo.') ? readImageInfo(stored) : undefined;
  if (image) {
    values.set('imageInfo.width', image.width);
    values.set('imageInfo.height', image.height);
    values.set('imageInfo.format', image.format);
  }
  for (const [name, value] of Object.entries(facts.variables)) values.set(name, value);
  return values;
}

export interface ImageInfo {
  width: number;
  height: number;
  format: string;
}

/** The formats that OSS recognises. https://help.aliyun.com/en/oss/user-guide/0007-00000301 */
const FORMATS = new Set(['jpg', 'png', 'bmp', 'gif', 'webp', 'tiff', 'heic']);

/** Only this much of a larger image is read; nearly every format has its dimensions at the beginning. */
const MAX_WHOLE_BYTES = 8 * 1024 * 1024;
/** Crafted images could take longer. */
const TIME_LIMIT_MS = 1_000;
/** Where images are read, with a time limit. One serves all, because making one takes longer than reading an image. */
const reading: { read?: () => ReturnType<typeof imageSize> } = createContext({});

/** Reads dimensions and format from the content, regardless of the declared type; `undefined` if it is not an image. */
export function readImageInfo(object: StoredObject): ImageInfo | undefined {
  if (object.size === 0) return undefined;
  try {
    reading.read = () => imageSize(object.content.beginning(MAX_WHOLE_BYTES));
    // The timeout of a script also interrupts the functions that it calls.
    const { width, height, type } = runInContext('read()', reading, {
      timeout: TIME_LIMIT_MS,
    }) as ReturnType<typeof imageSize>;
    return type !== undefined && FORMATS.has(type) ? { width, height, format: type } : undefined;
  } catch {
    return undefined; // an unknown format, or the timeout
  } finally {
    delete reading.read;
  }
}
