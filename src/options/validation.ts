import { createPublicKey } from 'node:crypto';
import { invalidOption } from '../common/errors.js';
import { resolveBuckets } from './buckets.js';
import {
  resolveHandlers,
  resolvePublicKeys,
  resolveReconciliation,
  resolveRejections,
} from './operation.js';
import { resolveCallback } from './callback.js';
import { SAMPLE_VALUE } from './credentials.js';
import type { OssCallbackOptions, ResolvedOssCallbackOptions, TicketOptions } from './options.js';
import { resolvePublicPath } from './public-path.js';
import { integer, isLoopback, shown, toHttpUrl } from './values.js';

const MIN_SECRET_BYTES = 32;
/** Presigned V4 URLs and form signatures are valid for seven days at most. */
export const MAX_EXPIRES_IN_SECONDS = 7 * 24 * 60 * 60;

/**
 * Checks the options and fills in the defaults. Runs when the app starts.
 * @throws OssCallbackError `INVALID_OPTIONS`, naming the option, what is wrong and what to write; never a secret
 */
export function resolveOssCallbackOptions(
  options: OssCallbackOptions,
  nodeEnv: string | undefined = process.env.NODE_ENV,
): ResolvedOssCallbackOptions {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption(
      '(all)',
      'are missing. Pass an object to forRoot, or return one from useFactory.',
    );
  }
  const production = nodeEnv === 'production';
  const publicUrl = checkPublicUrl(options.publicUrl, production);
  const localOss = options.localOss && checkLocalOss(options.localOss, production);
  return {
    publicUrl,
    publicPath: resolvePublicPath(options.publicPath),
    buckets: resolveBuckets(options, production),
    callback: resolveCallback(options.callback),
    tickets: resolveTickets(options.tickets),
    environment: checkEnvironment(options.environment ?? nodeEnv ?? 'development'),
    expiresInSeconds: integer(options, 'expiresInSeconds', 900, 1, MAX_EXPIRES_IN_SECONDS),
    confirmObject: checkConfirmObject(options.confirmObject),
    answerWithinMs: integer(options, 'answerWithinMs', 4_000, 100, 4_900),
    maxBodyBytes: integer(options, 'maxBodyBytes', 65_536, 1_024, 4 * 1024 * 1024),
    maxCallbacksInFlight: integer(options, 'maxCallbacksInFlight', 512, 1, 100_000),
    handlers: resolveHandlers(options.handlers),
    reconciliation: resolveReconciliation(options.reconciliation),
    publicKeys: resolvePublicKeys(options.publicKeys),
    rejections: resolveRejections(options.rejections),
    localOss,
  };
}

function checkPublicUrl(text: unknown, production: boolean): string {
  const advice =
    'Write scheme and host under which OSS reaches the app, as in "https://api.example.com".';
  if (typeof text !== 'string' || text === '')
    throw invalidOption('publicUrl', `is missing. ${advice}`);
  const url = toHttpUrl(text);
  if (!url) throw invalidOption('publicUrl', `is ${shown(text)}, not an http(s) URL. ${advice}`);
  if (url.pathname !== '/' || url.search || url.hash || url.username) {
    throw invalidOption(
      'publicUrl',
      `is ${shown(text)}, more than scheme and host. ${advice} A path that a proxy adds belongs into "publicPath".`,
    );
  }
  if (production && isLoopback(url.hostname)) {
    throw invalidOption(
      'publicUrl',
      `is ${JSON.stringify(text)}, which OSS cannot reach. ${advice}`,
    );
  }
  return url.origin;
}

function checkLocalOss(
  localOss: NonNullable<OssCallbackOptions['localOss']>,
  production: boolean,
): NonNullable<OssCallbackOptions['localOss']> {
  if (production) {
    throw invalidOption(
      'localOss',
      'is set while NODE_ENV is "production": callbacks of anyone who holds its key would be believed. Remove it.',
    );
  }
  const url = typeof localOss.url === 'string' ? toHttpUrl(localOss.url) : undefined;
  if (!url || url.pathname !== '/' || url.search || url.username) {
    throw invalidOption(
      'localOss.url',
      'is not an http(s) URL. Write the address that the local OSS prints.',
    );
  }
  if (localOss.publicKey !== undefined && !isPublicKey(localOss.publicKey)) {
    throw invalidOption(
      'localOss.publicKey',
      'is not a public key. Write the PEM text that the local OSS gives, or leave it out.',
    );
  }
  return { ...localOss, url: localOss.url.replace(/\/+$/, '') };
}

function resolveTickets(tickets: TicketOptions | undefined): Required<TicketOptions> {
  const advice = 'Make one with: openssl rand -base64 32';
  const secrets: unknown = tickets?.secrets;
  if (!tickets || !Array.isArray(secrets) || secrets.length === 0) {
    throw invalidOption('tickets.secrets', `is missing. ${advice}`);
  }
  for (const [index, secret] of (secrets as unknown[]).entries()) {
    const option = `tickets.secrets[${index}]`;
    if (typeof secret !== 'string' || Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
      throw invalidOption(option, `is shorter than ${MIN_SECRET_BYTES} bytes. ${advice}`);
    }
    if (SAMPLE_VALUE.test(secret) || new Set(secret).size < 8) {
      throw invalidOption(option, `is a sample value. ${advice}`);
    }
  }
  const { required = true } = tickets;
  if (typeof required !== 'boolean') {
    throw invalidOption('tickets.required', `is ${shown(required)}. Write true or false.`);
  }
  return {
    secrets: tickets.secrets,
    required,
    acceptForSeconds: integer(tickets, 'acceptForSeconds', 86_400, 60, 30 * 86_400, 'tickets.'),
  };
}

function checkEnvironment(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidOption('environment', `is ${shown(value)}. Write a text, as in "staging".`);
}

function checkConfirmObject(
  value: OssCallbackOptions['confirmObject'],
): 'before-completion' | 'never' {
  if (value === undefined || value === 'before-completion') return 'before-completion';
  if (value === 'never') return value;
  throw invalidOption('confirmObject', 'must be "before-completion" or "never".');
}

/** What is allowed and yet should be known; each is logged when the app starts. */
export function bootWarnings(options: ResolvedOssCallbackOptions): string[] {
  const warnings: string[] = [];
  if (!options.tickets.required) {
    warnings.push(
      'tickets.required is false: any callback that OSS signed for a bucket of this app is taken, and every customer of OSS can have one signed.',
    );
  }
  if (options.confirmObject === 'never') {
    warnings.push(
      'confirmObject is "never": an uploader can report an upload that never happened, or another than happened.',
    );
  }
  if (!options.reconciliation) {
    warnings.push(
      'reconciliation is false: OSS never repeats a callback, so an upload whose callback gets lost is in the bucket and in no record, unless another process reconciles.',
    );
  }
  for (const { name, versioned } of options.buckets.values()) {
    if (versioned) {
      warnings.push(
        `buckets.${name} is versioned: OSS ignores x-oss-forbid-overwrite there, so an upload can add a version to an object that exists.`,
      );
    }
  }
  if (!options.localOss && isLoopback(new URL(options.publicUrl).hostname)) {
    warnings.push(
      `publicUrl is ${options.publicUrl}, which OSS cannot reach: it refuses to call private addresses. Use the local OSS ("localOss") to develop.`,
    );
  }
  return warnings;
}

function isPublicKey(pem: unknown): boolean {
  try {
    return typeof pem === 'string' && createPublicKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
