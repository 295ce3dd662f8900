import { isIP } from 'node:net';

/** What a request is about; the object is empty where the bucket itself is meant. */
export interface Resource {
  bucket: string;
  object: string;
}

/**
 * Every reading of a request's host and path, the likeliest first. SDKs differ in how they reach an endpoint that
 * is no OSS domain: the bucket may stand in the host, in the path, or nowhere, and a plus sign in the path may
 * mean a space. Which reading was meant, the signature tells.
 */
export function possibleResources(
  rawPath: string,
  hostname: string,
  buckets: { isBucket: (name: string) => boolean; defaultBucket: string | undefined },
): Resource[] {
  const paths = [rawPath];
  if (rawPath.includes('+')) paths.push(rawPath.replaceAll('+', '%20'));
  const found: Resource[] = [];
  for (const path of paths) {
    const decoded = decodePath(path)?.slice(1);
    if (decoded === undefined) continue;
    const hostBucket = bucketOfHost(hostname);
    if (hostBucket !== undefined) found.push({ bucket: hostBucket, object: decoded });
    const slash = decoded.indexOf('/');
    found.push(
      slash === -1
        ? { bucket: decoded, object: '' }
        : { bucket: decoded.slice(0, slash), object: decoded.slice(slash + 1) },
    );
    if (buckets.defaultBucket !== undefined) {
      found.push({ bucket: buckets.defaultBucket, object: decoded });
    }
  }
  const known = found.filter(({ bucket }) => buckets.isBucket(bucket));
  // Without any known bucket the first readings still serve to say that there is no such bucket.
  return known.length > 0 ? known : found.filter(({ bucket }) => isBucketName(bucket));
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
