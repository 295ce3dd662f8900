import { readEndpoint } from '../protocol/oss-endpoint.js';
import { describeMistake } from './checks/checked.js';
import { isInQuotes, unreachableUrl } from './checks/values.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from './resolved.js';

/** An option, and what to know about it, as the rest of a sentence that begins with the option. */
type Warning = readonly [option: string, problem: string];

/** Valid options that weaken a promise or will not work, as log lines for the start of the app. */
export function bootWarnings(options: ResolvedOssCallbackOptions): string[] {
  return [...findWarnings(options)].map(([option, problem]) =>
    describeMistake({ option, problem, variable: options.variableOf(option) }),
  );
}

function* findWarnings(options: ResolvedOssCallbackOptions): Generator<Warning> {
  yield* ofPromises(options);
  yield* ofSecrets(options);
  if (!options.localOss) yield* ofUrls(options);
  for (const bucket of options.buckets.values()) {
    yield* ofVersions(bucket);
    if (!options.localOss) yield* ofEndpoints(bucket);
  }
}

function* ofPromises({
  tickets,
  confirmObject,
  reconciliation,
}: ResolvedOssCallbackOptions): Generator<Warning> {
  if (!tickets.required) {
    yield [
      'tickets.required',
      'is false: any callback that OSS signed for a bucket of this app is accepted, and every customer of OSS can have one signed.',
    ];
  }
  if (confirmObject === 'never') {
    yield [
      'confirmObject',
      'is "never": an uploader can report an upload that never happened, or with false details.',
    ];
  }
  if (!reconciliation) {
    yield [
      'reconciliation',
      'is false: OSS never repeats a callback, so an upload whose callback is lost is never recorded, unless another process reconciles.',
    ];
  }
}

function* ofSecrets({ tickets }: ResolvedOssCallbackOptions): Generator<Warning> {
  for (const [index, secret] of tickets.secrets.entries()) {
    if (isInQuotes(secret)) {
      yield [
        `tickets.secrets[${index}]`,
        'has quotes around it, which count as a part of the secret. If the value is in an env file, write it there without quotes.',
      ];
    }
  }
}

function* ofVersions({ name, versioned }: ResolvedBucket): Generator<Warning> {
  if (versioned) {
    yield [
      `buckets.${name}.versioned`,
      'is true: OSS ignores x-oss-forbid-overwrite there, so an upload can add a version to an existing object.',
    ];
  }
}

function* ofUrls({ publicUrl, callback }: ResolvedOssCallbackOptions): Generator<Warning> {
  const urls = [
    ['publicUrl', publicUrl] as const,
    ...callback.urls.map(
      (url, index, { length }) =>
        [length === 1 ? 'callback.url' : `callback.url[${index}]`, url] as const,
    ),
  ];
  for (const [option, url] of urls) {
    const problem = url.startsWith('/') ? undefined : unreachableUrl(url);
    if (problem !== undefined) {
      yield [option, `${problem}. For development use the local OSS ("localOss").`];
    }
  }
}

function* ofEndpoints(bucket: ResolvedBucket): Generator<Warning> {
  const { name, region, endpoint, internalEndpoint, customDomain, pathStyle } = bucket;
  const { hostname } = new URL(endpoint);
  const { isAlibabas, isInternal } = readEndpoint(hostname);
  if (!isAlibabas && !customDomain && !pathStyle) {
    yield [
      `buckets.${name}.endpoint`,
      `is "${endpoint}", which is not a host of Alibaba Cloud: requests go to ${bucket.bucket}.${hostname}. If it is a domain that is bound to the bucket, set customDomain to true.`,
    ];
  }
  if (isInternal) {
    yield [
      `buckets.${name}.endpoint`,
      `is "${endpoint}", which browsers cannot reach: it is for servers in Alibaba Cloud. Set it as internalEndpoint, and the public endpoint here.`,
    ];
  }
  for (const url of new Set([endpoint, internalEndpoint])) {
    const other = readEndpoint(new URL(url).hostname).region;
    // public endpoints of the finance cloud have a suffix
    if (other !== undefined && other.replace(/-pub$/, '') !== region.replace(/-pub$/, '')) {
      yield [
        `buckets.${name}.region`,
        `is "${region}", and its endpoint "${url}" is one of "${other}": OSS refuses signatures for another region.`,
      ];
    }
  }
}
