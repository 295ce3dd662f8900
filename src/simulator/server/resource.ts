import { isIP } from 'node:net';
import type { OssRequest } from './oss-request.js';

/** What a request is about; the object is empty where the bucket itself is meant. */
export interface Resource {
  bucket: string;
  object: string;
}

/**
 * Every resource that a request may be about, the likeliest first; a bucket that is yet to be made comes last. SDKs
 * differ in how they reach an endpoint outside OSS's domain: the bucket may stand in the host, in the path, or nowhere,
 * and a plus sign in the path may mean a space. The signature tells which one was meant.
 */
export function resourcesOf(
  {
    buckets,
    defaultBucket,
  }: { buckets: { get(name: string): unknown }; defaultBucket: string | undefined },
  request: OssRequest,
): Resource[] {
  const exists = ({ bucket }: Resource) => buckets.get(bucket) !== undefined;
  const resources = readings(request, defaultBucket);
  const existing = resources.filter(exists);
  const missing = resources.filter((one) => !exists(one) && isBucketName(one.bucket));
  // Without an existing bucket, the missing ones serve to say so.
  return request.method === 'PUT' || existing.length === 0 ? [...existing, ...missing] : existing;
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
    const slash = name.indexOf('/');
    return [
      ...(hostBucket === undefined ? [] : [{ bucket: hostBucket, object: name }]),
      slash === -1
        ? { bucket: name, object: '' }
        : { bucket: name.slice(0, slash), object: name.slice(slash + 1) },
      ...(defaultBucket === undefined ? [] : [{ bucket: defaultBucket, object: name }]),
    ];
  });
}

/** @see https://help.aliyun.com/en/oss/user-guide/bucket-naming-conventions */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/.test(name);
}

/** 1 to 1023 bytes of UTF-8 that do not begin with a slash or a backslash. */
export function isObjectName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= 1023 && !/^[/\\]/.test(name);
}

/** The first label of a host name; nothing where the host is an address or has one label only. */
export function bucketOfHost(hostname: string): string | undefined {
  const dot = hostname.indexOf('.');
  if (dot < 1 || isIP(hostname) !== 0 || isIP(hostname.slice(dot + 1)) !== 0) return undefined;
  return hostname.slice(0, dot);
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
