import { invalidOption } from '../common/errors.js';
import type {
  HandlerOptions,
  PublicKeyOptions,
  ReconciliationOptions,
  RejectionOptions,
} from './options.js';
import { integer, isLoopback, shown } from './values.js';

const DAY_SECONDS = 86_400;

/** @throws OssCallbackError `INVALID_OPTIONS`, as all of this file */
export function resolveHandlers(
  handlers: false | HandlerOptions | undefined,
): false | Required<HandlerOptions> {
  if (handlers === false) return false;
  const options = group('handlers', handlers, 'false or { timeoutSeconds, maxAttempts }');
  return {
    timeoutSeconds: integer(options, 'timeoutSeconds', 60, 1, 3_600, 'handlers.'),
    maxAttempts: integer(options, 'maxAttempts', 10, 1, 1_000, 'handlers.'),
  };
}

export function resolveReconciliation(
  reconciliation: false | ReconciliationOptions | undefined,
): false | Required<ReconciliationOptions> {
  if (reconciliation === false) return false;
  const options = group(
    'reconciliation',
    reconciliation,
    'false or { everySeconds, maxPerRun, keepTicketsForSeconds }',
  );
  const prefix = 'reconciliation.';
  const month = 30 * DAY_SECONDS;
  return {
    everySeconds: integer(options, 'everySeconds', 60, 1, DAY_SECONDS, prefix),
    maxPerRun: integer(options, 'maxPerRun', 1_000, 1, 1_000_000, prefix),
    keepTicketsForSeconds: integer(
      options,
      'keepTicketsForSeconds',
      month,
      0,
      3_650 * DAY_SECONDS,
      prefix,
    ),
  };
}

export function resolvePublicKeys(
  publicKeys: PublicKeyOptions | undefined,
): Required<PublicKeyOptions> {
  const options = group('publicKeys', publicKeys, '{ trustedHosts, fingerprints }');
  return {
    trustedHosts: texts('publicKeys.trustedHosts', options.trustedHosts, HOST),
    fingerprints: texts('publicKeys.fingerprints', options.fingerprints, FINGERPRINT),
  };
}

export function resolveRejections(
  rejections: RejectionOptions | undefined,
): Required<RejectionOptions> {
  const options = group('rejections', rejections, '{ keepForSeconds, maxRows }');
  const prefix = 'rejections.';
  const month = 30 * DAY_SECONDS;
  return {
    keepForSeconds: integer(options, 'keepForSeconds', month, 0, 3_650 * DAY_SECONDS, prefix),
    maxRows: integer(options, 'maxRows', 100_000, 0, 100_000_000, prefix),
  };
}

function group<T extends object>(option: string, value: T | undefined, shape: string): T {
  if (value === undefined) return {} as T;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidOption(option, `is ${shown(value)}. Write ${shape}.`);
}

interface ListedText {
  /** The text as it is used; `undefined` where it is none. */
  read: (text: string) => string | undefined;
  advice: string;
}

function texts(option: string, value: unknown, { read, advice }: ListedText): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw invalidOption(option, `is ${shown(value)}. Write a list of texts.`);
  }
  return (value as unknown[]).map((text, index) => {
    const good = typeof text === 'string' ? read(text) : undefined;
    if (good !== undefined) return good;
    throw invalidOption(`${option}[${index}]`, `is ${shown(text)}. ${advice}`);
  });
}

const HOST: ListedText = {
  read: (text) => {
    const isName =
      /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(text);
    const isAddress = /^[\d.]+$/.test(text);
    return isName && !isAddress && !isLoopback(text) ? text : undefined;
  },
  advice: 'Write a host name alone, as in "keys.example.com": no scheme, port or path.',
};

const FINGERPRINT: ListedText = {
  read: (text) => {
    const digits = text.replaceAll(':', '').toLowerCase();
    return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
  },
  advice: 'Write the SHA-256 of the key (DER, SPKI) as 64 hex digits.',
};
