import type { EncodedCallback } from './callback-parameter.js';

/** The callback as headers of PutObject and CompleteMultipartUpload. OSS refuses a request that also has it in its query. */
export function callbackHeaders({ callback, callbackVar }: EncodedCallback): {
  'x-oss-callback': string;
  'x-oss-callback-var'?: string;
} {
  return {
    'x-oss-callback': callback,
    ...(callbackVar === undefined ? {} : { 'x-oss-callback-var': callbackVar }),
  };
}

/** The callback in the query of the same requests. */
export function callbackQuery({ callback, callbackVar }: EncodedCallback): {
  callback: string;
  'callback-var'?: string;
} {
  return { callback, ...(callbackVar === undefined ? {} : { 'callback-var': callbackVar }) };
}
