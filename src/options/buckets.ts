import { invalidOption } from '../common/errors.js';
import { LOCAL_OSS_CREDENTIALS, resolveCredentials } from './credentials.js';
import type {
  GetCredentials,
  OssBucketOptions,
  OssCallbackOptions,
  ResolvedBucket,
  ResolvedSts,
  StsOptions,
} from './options.js';
import { integer, isLoopback, shown, toHttpUrl } from './values.js';

export function resolveBuckets(
  options: OssCallbackOptions,
  production: boolean,
): ReadonlyMap<string, ResolvedBucket> {
  const entries = Object.entries(options.buckets ?? {});
  if (entries.length === 0) {
    throw invalidOption(
      'buckets',
      'is empty. Write { main: { bucket: "my-bucket", region: "cn-hangzhou" } }.',
    );
  }
  const shared = options.credentials
    ? resolveCredentials('credentials', options.credentials, { samplesAllowed: !!options.localOss })
    : options.localOss && (() => Promise.resolve(LOCAL_OSS_CREDENTIALS));
  const resolved = entries.map(([name, bucket]) =>
    resolveBucket(name, bucket, { options, shared, production }),
  );
  for (const [index, bucket] of resolved.entries()) {
    const twin = resolved.slice(0, index).find((other) => other.bucket === bucket.bucket);
    if (twin) {
      throw invalidOption(
        `buckets.${bucket.name}.bucket`,
        `is "${bucket.bucket}" like buckets.${twin.name}.bucket. Name each bucket once.`,
      );
    }
  }
  return new Map(resolved.map((bucket) => [bucket.name, bucket]));
}

function resolveBucket(
  name: string,
  bucket: OssBucketOptions,
  {
    options,
    shared,
    production,
  }: {
    options: OssCallbackOptions;
    /** The credentials of all buckets that have none of their own. */
    shared: GetCredentials | undefined;
    production: boolean;
  },
): ResolvedBucket {
  const option = `buckets.${name}`;
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket?.bucket ?? '')) {
    throw invalidOption(
      `${option}.bucket`,
      `is ${JSON.stringify(bucket?.bucket)}, not a bucket name: 3 to 63 lower-case letters, digits and hyphens.`,
    );
  }
  if (!/^[a-z]{2,}[a-z0-9-]*$/.test(bucket.region ?? '') || bucket.region.startsWith('oss-')) {
    throw invalidOption(
      `${option}.region`,
      `is ${JSON.stringify(bucket.region)}. Write the region without a prefix, as in "cn-hangzhou".`,
    );
  }
  const byDefault = options.localOss?.url ?? `https://oss-${bucket.region}.aliyuncs.com`;
  const customDomain = bucket.customDomain ?? false;
  const check = (part: string, endpoint: string) =>
    checkEndpoint(
      `${option}.${part}`,
      endpoint,
      customDomain ? undefined : bucket.bucket,
      production,
    );
  const url = check('endpoint', bucket.endpoint ?? byDefault);
  const internalUrl = bucket.internalEndpoint && check('internalEndpoint', bucket.internalEndpoint);
  const getCredentials = bucket.credentials
    ? resolveCredentials(`${option}.credentials`, bucket.credentials, {
        samplesAllowed: !!options.localOss,
      })
    : shared;
  if (!getCredentials) {
    throw invalidOption(
      'credentials',
      `is missing, and ${option} has none of its own. Set accessKeyId and accessKeySecret.`,
    );
  }
  const sts = bucket.sts ?? options.sts;
  return {
    name,
    bucket: bucket.bucket,
    region: bucket.region,
    endpoint: url.origin,
    internalEndpoint: (internalUrl || url).origin,
    customDomain,
    pathStyle: bucket.pathStyle ?? (isLoopback(url.hostname) || /^[\d.]+$|^\[/.test(url.hostname)),
    versioned: bucket.versioned ?? false,
    getCredentials,
    sts:
      sts &&
      resolveSts(bucket.sts ? `${option}.sts` : 'sts', sts, {
        byDefault: options.localOss?.url ?? `https://sts.${bucket.region}.aliyuncs.com`,
        isLocal: options.localOss !== undefined,
        production,
      }),
  };
}

/** @param bucket must not begin the host name; absent where the host may be any */
function checkEndpoint(
  option: string,
  endpoint: string,
  bucket: string | undefined,
  production: boolean,
): URL {
  const url = toHttpUrl(endpoint);
  if (!url || url.pathname !== '/' || url.search || url.username) {
    throw invalidOption(
      option,
      `is ${shown(endpoint)}. Write scheme and host without the bucket, as in "https://oss-cn-hangzhou.aliyuncs.com".`,
    );
  }
  if (production && isLoopback(url.hostname)) {
    throw invalidOption(
      option,
      `is ${JSON.stringify(endpoint)}, this very machine, while NODE_ENV is "production". Remove it.`,
    );
  }
  if (bucket !== undefined && url.hostname.startsWith(`${bucket}.`)) {
    throw invalidOption(option, `begins with the bucket's name. Write it without "${bucket}.".`);
  }
  return url;
}

/** How long temporary credentials may be good; a role can allow less than the most. */
export const MIN_SESSION_SECONDS = 900;
export const MAX_SESSION_SECONDS = 43_200;

/** @see https://help.aliyun.com/en/ram/developer-reference/api-sts-2015-04-01-assumerole */
function resolveSts(
  option: string,
  sts: StsOptions,
  { byDefault, isLocal, production }: { byDefault: string; isLocal: boolean; production: boolean },
): ResolvedSts {
  const { roleArn, sessionName = 'nestjs-oss-callback' } = sts;
  if (!/^acs:ram::\d+:role\/[\w.-]+$/.test(roleArn ?? '')) {
    throw invalidOption(
      `${option}.roleArn`,
      `is ${JSON.stringify(roleArn)}. Write it as in "acs:ram::1234567890123456:role/uploader".`,
    );
  }
  if (!/^[\w.@-]{2,64}$/.test(sessionName)) {
    throw invalidOption(
      `${option}.sessionName`,
      `is ${JSON.stringify(sessionName)}. Write 2 to 64 letters, digits, ".", "@", "-" and "_".`,
    );
  }
  if (sts.durationSeconds !== undefined) {
    integer(sts, 'durationSeconds', 0, MIN_SESSION_SECONDS, MAX_SESSION_SECONDS, `${option}.`);
  }
  const url = checkEndpoint(`${option}.endpoint`, sts.endpoint ?? byDefault, undefined, production);
  if (url.protocol === 'http:' && !isLocal) {
    throw invalidOption(
      `${option}.endpoint`,
      'begins with http:, which carries secrets openly. Write https:.',
    );
  }
  return { roleArn, sessionName, endpoint: url.origin, durationSeconds: sts.durationSeconds };
}
