import { t } from '../language/language.js';
import type { OssAnswer } from './send.js';

/**
 * What came of an upload that OSS stored. With status 203 its callback failed: `fetch` and most libraries count that as a
 * success, and it is none until the app confirms it.
 */
export type Uploaded =
  | { uploadId: string; isConfirmed: true; answer: unknown }
  | { uploadId: string; isConfirmed: false; reason: string };

/** @throws Error where OSS did not store it */
export function readUploaded(uploadId: string, { status, text }: OssAnswer): Uploaded {
  if (status === 200) return { uploadId, isConfirmed: true, answer: JSON.parse(text) as unknown };
  if (status === 203) return { uploadId, isConfirmed: false, reason: readOssError(text).message };
  throw refusal({ status, text });
}

export function refusal({ status, text }: OssAnswer): Error {
  return new Error(t('ossRefused', { status, ...readOssError(text) }));
}

/** OSS's errors are XML, that of a failed callback too. */
function readOssError(xml: string): { code: string; message: string } {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  const read = (name: string) => document.querySelector(`Error > ${name}`)?.textContent ?? '';
  return { code: read('Code'), message: read('Message') };
}
