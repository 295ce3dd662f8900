import { isIP } from 'node:net';
import { MAX_OBJECT_NAME_BYTES } from '../../protocol/object-limits.js';
import type { OssRequest } from './oss-request.js';

/** What a request is about: an object, a bucket if `object` is empty, or OSS itself if `bucket` is empty as well. */
export interface Resource {
  bucket: string;
  object: string;
}

/**
 * The resources that a request can be about, the most likely first; buckets that do not exist yet come last. SDKs
 * differ in how they address an endpoint outside OSS's domain: the bucket may be in the host, in the path, or nowhere,
 * and a plus sign in the path may mean a space. The signature decides which resource is meant.
 */
export function resourcesOf(
  {
    buckets,
    defaultBucket,
  }: { buckets: { has(name: string): boolean }; defaultBucket: string | undefined },
  request: OssRequest,
): Resource[] {
  const exists = (one: Resource) =>
    buckets.has(one.bucket) || (request.method === 'GET' && isService(one));
  const resources = readings(request, defaultBucket);
  const existing = resources.filter(exists);
  const missing = resources.filter((one) => !exists(one) && /^[\w-]{3,63}$/.test(one.bucket));
  return [...existing, ...missing];
}

function readings(
  { rawPath, hostname }: OssRequest,
  defaultBucket: string | undefined,
): Resource[] {
  const paths = rawPath.includes('+') ? [rawPath, rawPath.replaceAll('+', '%20')] : [rawPath];
  const hostBucket = bucketOfHost(hostname);
  return paths.flatMap((path) => {
    const name = decodePath(path)?.slice(1);
    if (name === undefined) return [];
    return [
      ...(hostBucket === undefined ? [] : [{ bucket: hostBucket, object: name }]),
      inPath(name),
      ...(defaultBucket === undefined ? [] : [{ bucket: defaultBucket, object: name }]),
    ];
  });
}

/** A path of slashes alone, as the SDK for C# sends it, names neither a bucket nor an object. */
function inPath(name: string): Resource {
  const slash = name.indexOf('/');
  if (slash === -1) return { bucket: name, object: '' };
  const [bucket, object] = [name.slice(0, slash), name.slice(slash + 1)];
  return { bucket, object: bucket === '' && /^\/*$/.test(object) ? '' : object };
}

export function isService({ bucket, object }: Resource): boolean {
  return bucket === '' && object === '';
}

/** @see https://help.aliyun.com/en/oss/user-guide/bucket-naming-conventions */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/.test(name);
}

/** 1 to 1,023 bytes of UTF-8 that do not begin with a slash or a backslash. */
export function isObjectName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= MAX_OBJECT_NAME_BYTES && !/^[/\\]/.test(name);
}

/** The first label of a host name, unless the host is an IP address or has a single label. */
export function bucketOfHost(hostname: string): string | undefined {
  const dot = hostname.indexOf('.');
  if (dot < 1 || isIP(hostname) !== 0 || isIP(hostname.slice(dot + 1)) !== 0) return undefined;
  return hostname.slice(0, dot);
}

/** The decoded path; `undefined` if it is not percent-encoded UTF-8. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
