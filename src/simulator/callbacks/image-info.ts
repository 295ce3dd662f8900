import { createContext, runInContext } from 'node:vm';
import { imageSize } from 'image-size';
import type { StoredObject } from '../storage/stored-object.js';

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
