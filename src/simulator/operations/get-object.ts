import { OssFailure } from '../oss-failure.js';
import type { StoredObject } from '../stored-object.js';
import type { Run } from './operation.js';

/** @see https://help.aliyun.com/en/oss/developer-reference/getobject */
export const getObject: Run = async (state, request, resource) => {
  const stored = find(state.objects.get(resource.bucket, resource.object), request.query);
  const headers = objectHeaders(stored);
  for (const [name, value] of Object.entries(request.query)) {
    if (name.startsWith('response-')) headers[name.slice('response-'.length)] = value;
  }
  const range = readRange(request.headers.range, stored.size);
  if (!range) {
    const length = { 'content-length': String(stored.size) };
    const body = stored.content.stream(0, stored.size - 1);
    return { status: 200, headers: { ...headers, ...length }, body };
  }
  // The checksum of the whole object says nothing about a part of it.
  delete headers['content-md5'];
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${start}-${end}/${stored.size}`,
      'content-length': String(end - start + 1),
    },
    body: stored.content.stream(start, end),
  };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/headobject */
export const headObject: Run = async (state, request, resource) => {
  const [fault] = state.faults.take('head-object', resource);
  if (fault) {
    const code = fault.status === 503 ? 'ServiceUnavailable' : 'InternalError';
    throw new OssFailure(code, { status: fault.status });
  }
  const stored = find(state.objects.get(resource.bucket, resource.object), request.query);
  return {
    status: 200,
    headers: { ...objectHeaders(stored), 'content-length': String(stored.size) },
  };
};

function find(
  stored: StoredObject | undefined,
  query: Readonly<Record<string, string>>,
): StoredObject {
  if (!stored) throw new OssFailure('NoSuchKey');
  // Only the latest version of an object is kept.
  if (query.versionId !== undefined && query.versionId !== stored.versionId) {
    throw new OssFailure('NoSuchKey', { message: 'The specified version does not exist.' });
  }
  return stored;
}

function objectHeaders(stored: StoredObject): Record<string, string> {
  const metadata = Object.entries(stored.metadata).map(
    ([name, value]) => [`x-oss-meta-${name}`, value] as const,
  );
  return {
    'content-type': stored.mimeType,
    'accept-ranges': 'bytes',
    etag: `"${stored.etag}"`,
    'last-modified': stored.lastModified.toUTCString(),
    'x-oss-object-type': stored.type,
    'x-oss-storage-class': 'Standard',
    'x-oss-hash-crc64ecma': stored.crc64,
    ...(stored.contentMd5 === undefined ? {} : { 'content-md5': stored.contentMd5 }),
    ...(stored.versionId === undefined ? {} : { 'x-oss-version-id': stored.versionId }),
    ...stored.headers,
    ...Object.fromEntries(metadata),
  };
}

/** One range; everything else OSS answers with the whole object, and so nothing is returned. */
function readRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start <= end && start < size ? { start, end } : undefined;
}
