import { createHash } from 'node:crypto';
import type { OssUpload } from 'nestjs-oss-callback';
import type { DemoFile } from './files.js';

export interface Expected {
  object: string;
  owner: string;
  originalName: string;
  file: DemoFile;
}

/** What in a record is not as it must be; empty where everything is right. */
export function findMistakes(record: OssUpload | null, expected: Expected): string[] {
  if (!record) return ['there is no record'];
  const { bytes, contentType, image } = expected.file;
  const wanted: Partial<Record<keyof OssUpload, unknown>> = {
    status: 'completed',
    object: expected.object,
    owner: expected.owner,
    size: bytes.byteLength,
    etag: createHash('md5').update(bytes).digest('hex').toUpperCase(),
    contentMd5: createHash('md5').update(bytes).digest('base64'),
    mimeType: contentType,
    imageWidth: image?.width ?? null,
    imageHeight: image?.height ?? null,
    imageFormat: image?.format ?? null,
    ticketed: true,
  };
  const mistakes = Object.entries(wanted)
    .map(([name, value]) => ({ name, value, found: record[name as keyof OssUpload] }))
    .filter(({ value, found }) => found !== value)
    .map(
      ({ name, value, found }) =>
        `${name} is ${JSON.stringify(found)}, not ${JSON.stringify(value)}`,
    );
  if (record.variables.originalName !== expected.originalName)
    mistakes.push('the variable differs');
  if (!record.confirmedAt) mistakes.push('the bucket did not confirm it');
  return mistakes;
}
