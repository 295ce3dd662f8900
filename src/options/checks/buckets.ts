import { type Checked, combine, mistaken, mistakesOf, undecided, valid } from './checked.js';
import { checkCredentials, LOCAL_OSS_CREDENTIALS } from './credentials.js';
import type { LocalOssOptions, OssBucketOptions, OssCallbackOptions } from '../options.js';
import type { GetCredentials, ResolvedBucket, ResolvedSts } from '../resolved.js';
import { checkSts, type StsRole } from './sts.js';
import { boolean, endpointUrl, group, isLoopback, isWhat, shown } from './values.js';

export interface Surroundings {
  /** Whether `NODE_ENV` is `production`. */
  production: boolean;
  /** Whether a local OSS stands in for OSS. */
  isLocal: boolean;
  localOss: Checked<LocalOssOptions | undefined>;
}

export interface CheckedBuckets {
  all: Checked<ReadonlyMap<string, ResolvedBucket>>;
  /** The buckets without a mistake. */
  usable: ReadonlyMap<string, ResolvedBucket>;
}

export function checkBuckets(
  options: OssCallbackOptions,
  surroundings: Surroundings,
): CheckedBuckets {
  const given = group('buckets', options.buckets, 'an object of buckets by name');
  if (!given.ok) return { all: given, usable: new Map() };
  const entries = Object.entries(given.value) as [string, OssBucketOptions][];
  const credentials = checkSharedCredentials(options, entries, surroundings);
  const sts = options.sts ? checkSts('sts', options.sts, surroundings) : valid(undefined);
  const buckets = entries.map(([name, bucket], index) => {
    const twin = entries.slice(0, index).find(([, other]) => other?.bucket === bucket?.bucket);
    return checkBucket(name, bucket, { twin: twin?.[0], credentials, sts, surroundings });
  });
  const usable = new Map(
    buckets.flatMap((bucket) => (bucket.ok ? [[bucket.value.name, bucket.value] as const] : [])),
  );
  const none =
    entries.length === 0
      ? mistaken(
          'buckets',
          'is empty. Write at least one, as in { main: { bucket: "my-bucket", region: "cn-hangzhou" } }.',
        )
      : valid(undefined);
  const mistakes = [none, credentials, sts, ...buckets].flatMap(mistakesOf);
  const isComplete = mistakes.length === 0 && usable.size === entries.length;
  return { all: isComplete ? valid(usable) : { ok: false, mistakes }, usable };
}

/** The credentials of all buckets that have none of their own. */
function checkSharedCredentials(
  { credentials }: OssCallbackOptions,
  buckets: readonly [string, OssBucketOptions][],
  { isLocal }: Surroundings,
): Checked<GetCredentials | undefined> {
  const option = 'credentials';
  if (credentials) return checkCredentials(option, credentials, { samplesAllowed: isLocal });
  if (isLocal) return valid(() => Promise.resolve(LOCAL_OSS_CREDENTIALS));
  const without = buckets.filter(([, bucket]) => !bucket?.credentials).map(([name]) => name);
  if (buckets.length > 0 && without.length === 0) return valid(undefined);
  const names = without.map((name) => `buckets.${name}`).join(', ');
  return mistaken(
    option,
    `is missing${names === '' ? '' : `, and ${names} ${without.length === 1 ? 'has' : 'have'} none`}. Write { accessKeyId, accessKeySecret } or a function that returns them.`,
  );
}

function checkBucket(
  name: string,
  bucket: OssBucketOptions,
  {
    twin,
    credentials,
    sts,
    surroundings,
  }: {
    /** The app's name of an earlier bucket that is the same one in OSS. */
    twin: string | undefined;
    /** Those of the module; their mistakes are reported once, not for each bucket. */
    credentials: Checked<GetCredentials | undefined>;
    sts: Checked<StsRole | undefined>;
    surroundings: Surroundings;
  },
): Checked<ResolvedBucket> {
  const option = `buckets.${name}`;
  const given: Partial<OssBucketOptions> = bucket ?? {};
  const region = checkRegion(`${option}.region`, given.region);
  const defaults = defaultEndpoints(region, surroundings);
  const { production, isLocal } = surroundings;
  const customDomain = boolean(`${option}.customDomain`, given.customDomain, false);
  const check = (part: 'endpoint' | 'internalEndpoint', url: string) =>
    checkEndpoint(`${option}.${part}`, url, {
      bucket: customDomain.ok && customDomain.value ? undefined : given.bucket,
      production,
    });
  const url = given.endpoint ?? defaults.oss;
  const endpoint = url === undefined ? undecided : check('endpoint', url);
  const ownSts = given.sts && checkSts(`${option}.sts`, given.sts, surroundings);
  return combine<ResolvedBucket>({
    name: valid(name),
    bucket: checkBucketName(`${option}.bucket`, given.bucket, twin),
    region,
    endpoint,
    internalEndpoint: given.internalEndpoint
      ? check('internalEndpoint', given.internalEndpoint)
      : unlessMistaken(endpoint),
    customDomain,
    pathStyle: boolean(
      `${option}.pathStyle`,
      given.pathStyle,
      endpoint.ok && needsPathStyle(endpoint.value),
    ),
    versioned: boolean(`${option}.versioned`, given.versioned, false),
    getCredentials: given.credentials
      ? checkCredentials(`${option}.credentials`, given.credentials, { samplesAllowed: isLocal })
      : credentials.ok && credentials.value
        ? valid(credentials.value)
        : undecided,
    sts: resolveSts(ownSts ?? unlessMistaken(sts), defaults.sts),
  });
}

/** A value that several buckets share is reported once, where it is set. */
function unlessMistaken<T>(checked: Checked<T>): Checked<T> {
  return checked.ok ? checked : undecided;
}

/** The endpoints that follow from other options; absent if those have mistakes. */
function defaultEndpoints(
  region: Checked<string>,
  { isLocal, localOss }: Surroundings,
): { oss?: string; sts?: string } {
  if (isLocal) {
    const url = localOss.ok ? localOss.value?.url : undefined;
    return { oss: url, sts: url };
  }
  return region.ok
    ? {
        oss: `https://oss-${region.value}.aliyuncs.com`,
        sts: `https://sts.${region.value}.aliyuncs.com`,
      }
    : {};
}

function checkBucketName(option: string, bucket: unknown, twin: string | undefined) {
  if (typeof bucket !== 'string' || !/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) {
    return mistaken(
      option,
      `${isWhat(bucket)}. Write the name of a bucket: 3 to 63 lower-case letters, digits and hyphens.`,
    );
  }
  return twin === undefined
    ? valid(bucket)
    : mistaken(option, `is ${shown(bucket)}, as is buckets.${twin}.bucket. Name each bucket once.`);
}

function checkRegion(option: string, region: unknown): Checked<string> {
  return typeof region === 'string' && /^(?!oss-)[a-z]{2}[a-z0-9-]*$/.test(region)
    ? valid(region)
    : mistaken(
        option,
        `${isWhat(region)}. Write the region without a prefix, as in "cn-hangzhou".`,
      );
}

/** @param bucket must not be at the beginning of the host name; `undefined` if the host name may be any */
function checkEndpoint(
  option: string,
  endpoint: unknown,
  { bucket, production }: { bucket: string | undefined; production: boolean },
): Checked<string> {
  const example =
    'scheme and host without the bucket, as in "https://oss-cn-hangzhou.aliyuncs.com"';
  const url = endpointUrl(option, endpoint, { example, production });
  if (!url.ok) return url;
  return bucket !== undefined && url.value.hostname.startsWith(`${bucket}.`)
    ? mistaken(option, `begins with the name of the bucket. Write it without "${bucket}.".`)
    : valid(url.value.origin);
}

/** Whether the bucket cannot be part of the host name. */
function needsPathStyle(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return isLoopback(hostname) || /^[\d.]+$|^\[/.test(hostname);
}

function resolveSts(
  role: Checked<StsRole | undefined>,
  byDefault: string | undefined,
): Checked<ResolvedSts | undefined> {
  if (!role.ok || role.value === undefined) return role as Checked<undefined>;
  const { endpoint = byDefault, ...others } = role.value;
  return endpoint === undefined ? undecided : valid({ ...others, endpoint });
}
