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

/** The values of all variables that a callback body may name; what OSS leaves unset is not in the map. */
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
  // Reading an image costs the whole object, so only where the template asks.
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

/** The formats that OSS looks into. https://help.aliyun.com/en/oss/user-guide/0007-00000301 */
const FORMATS = new Set(['jpg', 'png', 'bmp', 'gif', 'webp', 'tiff', 'heic']);

/** Beyond this an image is judged by its beginning, which holds the dimensions in nearly every format. */
const MAX_WHOLE_BYTES = 8 * 1024 * 1024;
/** What takes longer was made to take longer. */
const TIME_LIMIT_MS = 1_000;

/** Dimensions by content, whatever type the uploader declared; nothing for what is no image. */
export function readImageInfo(object: StoredObject): ImageInfo | undefined {
  if (object.size === 0) return undefined;
  try {
    const read = () => imageSize(object.content.beginning(MAX_WHOLE_BYTES));
    // The time limit of a script also ends what the script calls.
    const { width, height, type } = runInContext('read()', createContext({ read }), {
      timeout: TIME_LIMIT_MS,
    }) as ReturnType<typeof read>;
    return type !== undefined && FORMATS.has(type) ? { width, height, format: type } : undefined;
  } catch {
    return undefined; // image-size throws for everything that it does not know, the time limit for what has no end
  }
}
