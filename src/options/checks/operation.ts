import { type Checked, combine, combineAll, mistaken, valid } from './checked.js';
import type {
  HandlerOptions,
  PublicKeyOptions,
  ReconciliationOptions,
  RejectionOptions,
} from '../options.js';
import { group, integer, isLoopback, shown } from './values.js';

const DAY_SECONDS = 86_400;
const MONTH_SECONDS = 30 * DAY_SECONDS;
const TEN_YEARS_SECONDS = 3_650 * DAY_SECONDS;

export function checkHandlers(
  handlers: false | HandlerOptions | undefined,
): Checked<false | Required<HandlerOptions>> {
  if (handlers === false) return valid(false);
  const given = group('handlers', handlers, 'false, or { timeoutSeconds, maxAttempts }');
  if (!given.ok) return given;
  const { timeoutSeconds, maxAttempts } = given.value;
  return combine({
    timeoutSeconds: integer('handlers.timeoutSeconds', timeoutSeconds, 60, [1, 3_600]),
    maxAttempts: integer('handlers.maxAttempts', maxAttempts, 10, [1, 1_000]),
  });
}

export function checkReconciliation(
  reconciliation: false | ReconciliationOptions | undefined,
): Checked<false | Required<ReconciliationOptions>> {
  if (reconciliation === false) return valid(false);
  const given = group(
    'reconciliation',
    reconciliation,
    'false, or { everySeconds, maxPerRun, keepTicketsForSeconds }',
  );
  if (!given.ok) return given;
  const { everySeconds, maxPerRun, keepTicketsForSeconds } = given.value;
  return combine({
    everySeconds: integer('reconciliation.everySeconds', everySeconds, 60, [1, DAY_SECONDS]),
    maxPerRun: integer('reconciliation.maxPerRun', maxPerRun, 1_000, [1, 1_000_000]),
    keepTicketsForSeconds: integer(
      'reconciliation.keepTicketsForSeconds',
      keepTicketsForSeconds,
      MONTH_SECONDS,
      [0, TEN_YEARS_SECONDS],
    ),
  });
}

export function checkPublicKeys(
  publicKeys: PublicKeyOptions | undefined,
): Checked<Required<PublicKeyOptions>> {
  const given = group('publicKeys', publicKeys, '{ trustedHosts, fingerprints }');
  if (!given.ok) return given;
  const { trustedHosts, fingerprints } = given.value;
  return combine({
    trustedHosts: texts('publicKeys.trustedHosts', trustedHosts, HOST),
    fingerprints: texts('publicKeys.fingerprints', fingerprints, FINGERPRINT),
  });
}

export function checkRejections(
  rejections: RejectionOptions | undefined,
): Checked<Required<RejectionOptions>> {
  const given = group('rejections', rejections, '{ keepForSeconds, maxRows }');
  if (!given.ok) return given;
  const { keepForSeconds, maxRows } = given.value;
  return combine({
    keepForSeconds: integer('rejections.keepForSeconds', keepForSeconds, MONTH_SECONDS, [
      0,
      TEN_YEARS_SECONDS,
    ]),
    maxRows: integer('rejections.maxRows', maxRows, 100_000, [0, 100_000_000]),
  });
}

interface ListedText {
  /** Returns the value in the form that is used, or `undefined` if it is not valid. */
  read: (text: string) => string | undefined;
  advice: string;
}

function texts(option: string, value: unknown, { read, advice }: ListedText): Checked<string[]> {
  if (value === undefined) return valid([]);
  if (!Array.isArray(value)) {
    return mistaken(option, `is ${shown(value)}. Write a list of strings.`);
  }
  return combineAll(
    (value as unknown[]).map((text, index) => {
      const good = typeof text === 'string' ? read(text) : undefined;
      return good === undefined
        ? mistaken(`${option}[${index}]`, `is ${shown(text)}. ${advice}`)
        : valid(good);
    }),
  );
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
