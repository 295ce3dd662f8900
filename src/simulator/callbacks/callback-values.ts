import type { CallbackVariables } from '../../protocol/callback/callback-parameter.js';
import type { CallbackValue } from '../../protocol/callback/callback-rendering.js';
import { readImageInfo } from './image-info.js';
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
