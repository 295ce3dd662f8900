import { Readable } from 'node:stream';
import { mediaTypeOf } from '../../../protocol/media-type.js';
import { unavailable } from '../../faults/upload-faults.js';
import { delay } from '../../server/delay.js';
import { OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { failureReply, type Reply } from '../../server/reply.js';
import { limitTraffic } from '../../server/traffic-limit.js';
import type { SimulatorState } from '../../state.js';
import type { StoredObject } from '../../storage/stored-object.js';
import { compressed } from './compression.js';
import { checkConditions } from './conditions.js';
import { findObject, followSymlink } from './find-object.js';
import type { Run } from '../operation.js';
import { metadataHeaders } from './object-properties.js';
import { type ByteRange, rangeOf } from './range.js';
import { versionHeaders } from './version-headers.js';

/** Response headers that the query of a GetObject can set. */
const OVERRIDES = new Set(
  'cache-control content-disposition content-encoding content-language content-type expires'
    .split(' ')
    .map((name) => `response-${name}`),
);

/** @see https://help.aliyun.com/en/oss/developer-reference/getobject */
export const getObject: Run = async (state, request, resource, caller) => {
  const stored = followSymlink(state, findObject(state, request, resource), caller);
  const notModified = checkConditions(request, stored);
  if (notModified) return notModified;
  const headers = objectHeaders(state, stored);
  for (const [name, value] of Object.entries(request.query)) {
    if (OVERRIDES.has(name)) headers[name.slice('response-'.length)] = value;
  }
  const served = safeToServe(headers);
  const range = rangeOf(request, stored.size);
  if (range === 'unsatisfiable') {
    const headers = { 'content-range': `bytes */${stored.size}` };
    return failureReply(new OssFailure('InvalidRange', { headers }), request);
  }
  if (range === 'whole') {
    const length = { 'content-length': String(stored.size) };
    const body = contentOf(state, request, stored, { start: 0, end: stored.size - 1 });
    return compressed(request, { status: 200, headers: { ...served, ...length }, body });
  }
  // It is the checksum of the whole object.
  delete served['content-md5'];
  const { start, end } = range;
  return {
    status: 206,
    headers: {
      ...served,
      'content-range': `bytes ${start}-${end}/${stored.size}`,
      'content-length': String(end - start + 1),
    },
    body: contentOf(state, request, stored, range),
  };
};

function contentOf(
  state: SimulatorState,
  request: OssRequest,
  { content }: StoredObject,
  { start, end }: ByteRange,
): Readable {
  const stream = content.stream(start, end);
  const limited = limitTraffic(request, stream, state.stopping);
  return limited === stream ? stream : Readable.from(limited);
}

/** @see https://help.aliyun.com/en/oss/developer-reference/headobject */
export const headObject: Run = async (state, request, resource, caller) => {
  for (const fault of state.faults.take('head-object', { ...resource, operation: 'HeadObject' })) {
    if (fault.effect === 'answer') throw unavailable(fault.status);
    await delay(fault.delayMs, state.stopping);
  }
  const stored = followSymlink(state, findObject(state, request, resource), caller);
  return checkConditions(request, stored) ?? compressed(request, headReply(state, stored));
};

/** The headers of GetObjectMeta, which are fewer than those of HeadObject. */
const META_HEADERS = new Set(['etag', 'last-modified', 'x-oss-hash-crc64ecma', 'x-oss-version-id']);

/** Describes a symlink itself, not its target. https://help.aliyun.com/en/oss/developer-reference/getobjectmeta */
export const getObjectMeta: Run = async (state, request, resource) => {
  const stored = findObject(state, request, resource);
  const headers = Object.entries(objectHeaders(state, stored)).filter(([name]) =>
    META_HEADERS.has(name),
  );
  const length = { 'content-length': String(stored.size) };
  return { status: 200, headers: { ...Object.fromEntries(headers), ...length } };
};

function headReply(state: SimulatorState, stored: StoredObject): Reply {
  return {
    status: 200,
    headers: { ...objectHeaders(state, stored), 'content-length': String(stored.size) },
  };
}

function objectHeaders(state: SimulatorState, stored: StoredObject): Record<string, string> {
  const { 'x-oss-tagging': tagging, ...headers } = stored.headers;
  return {
    'accept-ranges': 'bytes',
    etag: `"${stored.etag}"`,
    'last-modified': stored.lastModified.toUTCString(),
    'x-oss-object-type': stored.type,
    'x-oss-storage-class': 'Standard',
    'x-oss-hash-crc64ecma': stored.crc64,
    ...(stored.contentMd5 === undefined ? {} : { 'content-md5': stored.contentMd5 }),
    ...versionHeaders(state, stored),
    ...(stored.type === 'Appendable' ? { 'x-oss-next-append-position': String(stored.size) } : {}),
    ...headers,
    ...(tagging ? { 'x-oss-tagging-count': String(tagging.split('&').length) } : {}),
    ...metadataHeaders(stored),
  };
}

/** Types that a browser shows without running anything in them; SVG, PDF and the like may hold scripts. */
function isPassive(type: string | undefined): boolean {
  return /^(?:text\/plain|(?:image|audio|video)\/(?!.*xml).*)$/.test(type ?? '');
}

/**
 * Adds headers that make browsers download whatever they might run instead of showing it: it could be uploaded by anyone
 * and would run in the origin of the local OSS. OSS's own domains do the same.
 * @see https://help.aliyun.com/en/oss/user-guide/what-do-i-do-if-a-file-is-forcibly-downloaded
 */
function safeToServe(headers: Readonly<Record<string, string>>): Record<string, string> {
  const isShown = isPassive(mediaTypeOf(headers['content-type'] ?? ''));
  const disposition = headers['content-disposition'] ?? '';
  return {
    ...headers,
    'x-content-type-options': 'nosniff',
    ...(isShown || /^\s*attachment\s*(?:;|$)/i.test(disposition)
      ? {}
      : { 'content-disposition': 'attachment', 'x-oss-force-download': 'true' }),
  };
}
