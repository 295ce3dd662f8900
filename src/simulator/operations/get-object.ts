import type { Reply } from '../server/reply.js';
import { safeToServe } from './served-headers.js';
import type { StoredObject } from '../storage/stored-object.js';
import { delay, unavailable } from '../faults/upload-faults.js';
import { findObject } from './find-object.js';
import type { Run } from './operation.js';
import { followSymlink } from './symlinks.js';

/** Headers that the query of a GetObject may set. */
const OVERRIDES = new Set(
  'cache-control content-disposition content-encoding content-language content-type expires'
    .split(' ')
    .map((name) => `response-${name}`),
);

/** @see https://help.aliyun.com/en/oss/developer-reference/getobject */
export const getObject: Run = async (state, request, resource, caller) => {
  const stored = followSymlink(state, findObject(state, request, resource), caller);
  const headers = objectHeaders(stored);
  for (const [name, value] of Object.entries(request.query)) {
    if (OVERRIDES.has(name)) headers[name.slice('response-'.length)] = value;
  }
  const served = safeToServe(headers);
  const range = readRange(request.headers.range, stored.size);
  if (!range) {
    const length = { 'content-length': String(stored.size) };
    const body = stored.content.stream(0, stored.size - 1);
    return { status: 200, headers: { ...served, ...length }, body };
  }
  // The checksum of the whole object says nothing about a part of it.
  delete served['content-md5'];
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...served,
      'content-range': `bytes ${start}-${end}/${stored.size}`,
      'content-length': String(end - start + 1),
    },
    body: stored.content.stream(start, end),
  };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/headobject */
export const headObject: Run = async (state, request, resource, caller) => {
  for (const fault of state.faults.take('head-object', { ...resource, operation: 'HeadObject' })) {
    if (fault.effect === 'answer') throw unavailable(fault.status);
    await delay(fault.delayMs, state.stopping);
  }
  return headReply(followSymlink(state, findObject(state, request, resource), caller));
};

/** Of a symlink, it tells about the symlink. https://help.aliyun.com/en/oss/developer-reference/getobjectmeta */
export const getObjectMeta: Run = async (state, request, resource) =>
  headReply(findObject(state, request, resource));

function headReply(stored: StoredObject): Reply {
  return {
    status: 200,
    headers: { ...objectHeaders(stored), 'content-length': String(stored.size) },
  };
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
