import { createPublicKey } from 'node:crypto';
import { invalidOptions } from '../common/errors.js';
import { checkBuckets } from './checks/buckets.js';
import { checkCallback } from './checks/callback.js';
import {
  type Checked,
  combine,
  describeMistake,
  mistaken,
  type OptionMistake,
  mistakesOf,
  valid,
} from './checks/checked.js';
import { variableOf } from './environment.js';
import type { LocalOssOptions, OssCallbackOptions } from './options.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from './resolved.js';
import {
  checkHandlers,
  checkPublicKeys,
  checkReconciliation,
  checkRejections,
} from './checks/operation.js';
import { checkPublicPath } from './checks/public-path.js';
import { checkTickets } from './checks/tickets.js';
import {
  boolean,
  integer,
  isWhat,
  shown,
  toHttpUrl,
  toOrigin,
  unreachableUrl,
} from './checks/values.js';

/** Presigned V4 URLs and form signatures are valid for seven days at most. */
export const MAX_EXPIRES_IN_SECONDS = 7 * 24 * 60 * 60;

/**
 * Checks the options and fills in the defaults, when the app starts.
 * @throws OssCallbackError `INVALID_OPTIONS` with every mistake: the option, what is wrong and what to write, and the
 *   environment variable it came from. Never a secret.
 */
export function resolveOssCallbackOptions(
  options: OssCallbackOptions,
  nodeEnv: string | undefined = process.env.NODE_ENV,
): ResolvedOssCallbackOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalidOptions([
      'the options are missing. Pass an object to forRoot, or return one from useFactory.',
    ]);
  }
  const { resolved, mistakes } = checkOssCallbackOptions(options, nodeEnv);
  if (resolved.ok) return resolved.value;
  throw invalidOptions(mistakes.map(describeMistake));
}

export interface CheckedOptions {
  /** All options, with their defaults. */
  resolved: Checked<ResolvedOssCallbackOptions>;
  /** The outcome of each option's check. */
  checks: { [Name in keyof ResolvedOssCallbackOptions]: Checked<ResolvedOssCallbackOptions[Name]> };
  usableBuckets: ReadonlyMap<string, ResolvedBucket>;
  /** Every mistake, with the environment variable to set. */
  mistakes: readonly OptionMistake[];
}

/** Checks every option, whatever is wrong with the others. */
export function checkOssCallbackOptions(
  options: OssCallbackOptions,
  nodeEnv: string | undefined,
): CheckedOptions {
  const production = nodeEnv === 'production';
  const localOss = checkLocalOss(options.localOss, production);
  // A local OSS in production has to be removed: the other options are checked as if it were.
  const isLocal = Boolean(options.localOss) && !production;
  const buckets = checkBuckets(options, { production, isLocal, localOss });
  const checks: CheckedOptions['checks'] = {
    localOss,
    publicUrl: checkPublicUrl(options.publicUrl, production),
    publicPath: checkPublicPath(options.publicPath),
    buckets: buckets.all,
    callback: checkCallback(options.callback, { production }),
    tickets: checkTickets(options.tickets),
    environment: checkEnvironment(options.environment ?? nodeEnv ?? 'development'),
    expiresInSeconds: integer('expiresInSeconds', options.expiresInSeconds, 900, [
      1,
      MAX_EXPIRES_IN_SECONDS,
    ]),
    confirmObject: checkConfirmObject(options.confirmObject),
    answerWithinMs: integer('answerWithinMs', options.answerWithinMs, 4_000, [100, 4_900]),
    logCompletedUploads: boolean('logCompletedUploads', options.logCompletedUploads, true),
    maxBodyBytes: integer('maxBodyBytes', options.maxBodyBytes, 65_536, [1_024, 4 * 1024 * 1024]),
    maxCallbacksInFlight: integer(
      'maxCallbacksInFlight',
      options.maxCallbacksInFlight,
      512,
      [1, 100_000],
    ),
    handlers: checkHandlers(options.handlers),
    reconciliation: checkReconciliation(options.reconciliation),
    publicKeys: checkPublicKeys(options.publicKeys),
    rejections: checkRejections(options.rejections),
    variableOf: valid((option) => variableOf(options, option)),
  };
  const resolved = combine<ResolvedOssCallbackOptions>(checks);
  const mistakes = mistakesOf(resolved).map((mistake) => ({
    ...mistake,
    variable: variableOf(options, mistake.option),
  }));
  return { resolved, checks, usableBuckets: buckets.usable, mistakes };
}

function checkPublicUrl(given: unknown, production: boolean): Checked<string> {
  const option = 'publicUrl';
  const advice =
    'Write scheme and host under which OSS reaches the app, as in "https://api.example.com".';
  const url = toOrigin(given);
  if (!url) {
    return toHttpUrl(given)
      ? mistaken(
          option,
          `is ${shown(given)}, which contains more than a scheme and host. ${advice} A path that a proxy adds belongs in "publicPath".`,
        )
      : mistaken(option, `${isWhat(given, 'an http(s) URL')}. ${advice}`);
  }
  const problem = production ? unreachableUrl(url.origin) : undefined;
  return problem === undefined ? valid(url.origin) : mistaken(option, `${problem}. ${advice}`);
}

function checkLocalOss(
  localOss: LocalOssOptions | undefined,
  production: boolean,
): Checked<LocalOssOptions | undefined> {
  if (!localOss) return valid(undefined);
  if (production) {
    return mistaken(
      'localOss',
      'must not be set when NODE_ENV is "production": anyone who has the key of the local OSS could forge callbacks. Remove it.',
    );
  }
  const { url, publicKey } = localOss;
  const origin = toOrigin(url);
  return combine<LocalOssOptions>({
    url: origin
      ? valid(origin.origin)
      : mistaken('localOss.url', `${isWhat(url)}. Write the address that the local OSS prints.`),
    publicKey:
      publicKey === undefined || isPublicKey(publicKey)
        ? valid(publicKey)
        : mistaken(
            'localOss.publicKey',
            'is not a public key. Write the PEM text that the local OSS gives, or leave it out.',
          ),
  });
}

function checkEnvironment(value: unknown): Checked<string> {
  return typeof value === 'string' && value !== ''
    ? valid(value)
    : mistaken('environment', `is ${shown(value)}. Write a string, as in "staging".`);
}

function checkConfirmObject(value: unknown): Checked<ResolvedOssCallbackOptions['confirmObject']> {
  if (value === undefined) return valid('before-completion');
  return value === 'before-completion' || value === 'never'
    ? valid(value)
    : mistaken('confirmObject', `is ${shown(value)}. Write "before-completion" or "never".`);
}

function isPublicKey(pem: unknown): boolean {
  try {
    return typeof pem === 'string' && createPublicKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
