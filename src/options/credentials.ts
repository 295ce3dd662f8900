import { Logger } from '@nestjs/common';
import { invalidOption, OssCallbackError } from '../common/errors.js';
import type {
  GetCredentials,
  OssCredentials,
  OssCredentialsProvider,
  ProvidedCredentials,
} from './options.js';

/** What documents and examples write in place of a secret. */
export const SAMPLE_VALUE =
  /replace|change[-_ ]?(me|this)|your[-_ ]|example|sample|placeholder|^x+$|\*\*\*/i;

/** What the local OSS accepts when it is told nothing else. They protect nothing. */
export const LOCAL_OSS_CREDENTIALS: OssCredentials = Object.freeze({
  accessKeyId: 'local-oss-access-key-id',
  accessKeySecret: 'local-oss-access-key-secret',
});

/** A provider is asked again when this much of the credentials' life is left. */
const REFRESH_BEFORE_MS = 5 * 60_000;
/** How long credentials without an expiry are kept; whoever rotates them without a date is followed. */
const KEEP_UNDATED_MS = 5 * 60_000;
/** While good credentials are at hand, a provider that failed or gave no better ones is not asked again at once. */
const PAUSE_MS = 10_000;
/** Credentials with less than this left are waited for. */
const LAST_CALL_MS = 30_000;
const PROVIDER_TIMEOUT_MS = 10_000;

const logger = new Logger('OssCallback');

/**
 * Checks the option and gives the way to its credentials.
 * @param option as errors name it
 * @throws OssCallbackError `INVALID_OPTIONS`
 */
export function resolveCredentials(
  option: string,
  credentials: OssCredentials | OssCredentialsProvider,
  { samplesAllowed }: { samplesAllowed: boolean },
): GetCredentials {
  if (typeof credentials === 'function') return cacheCredentials(option, credentials);
  const fixed = checkCredentials(option, credentials);
  for (const part of ['accessKeyId', 'accessKeySecret'] as const) {
    if (SAMPLE_VALUE.test(fixed[part]) && !samplesAllowed) {
      throw invalidOption(`${option}.${part}`, 'is a sample value. Set the one of your account.');
    }
  }
  return () => Promise.resolve(fixed);
}

interface Kept {
  credentials: ProvidedCredentials;
  /** Unknown where the provider gave no `expiresAt`. */
  expiresAtMs: number;
  refreshAtMs: number;
}

/**
 * Asks a provider once for all who wait, keeps what it gives until shortly before it expires, and goes on with what is
 * still good where the provider fails.
 */
function cacheCredentials(option: string, provider: OssCredentialsProvider): GetCredentials {
  let kept: Kept | undefined;
  let asking: Promise<Kept> | undefined;
  let pauseUntilMs = 0;

  async function ask(): Promise<Kept> {
    try {
      kept = toKept(checkCredentials(option, await withinTime(provider)), option);
      return kept;
    } catch (error) {
      if (error instanceof OssCallbackError) throw error;
      throw new OssCallbackError('OSS_UNAVAILABLE', 'There are no credentials for OSS now.', {
        hint: `the function in "${option}" failed: ${describe(error, kept?.credentials)}`,
      });
    } finally {
      pauseUntilMs = Date.now() + PAUSE_MS;
      asking = undefined;
    }
  }

  /** For those who need not wait: whoever can go on does, and the log says that it was tried in vain. */
  function askInBackground(): void {
    asking ??= ask();
    asking.catch((error: unknown) => {
      const reason = error instanceof OssCallbackError ? (error.hint ?? error.message) : '';
      logger.warn(
        `The credentials could not be renewed; those at hand stay in use while they are good: ${reason}`,
      );
    });
  }

  return async (neededForSeconds = 0) => {
    const nowMs = Date.now();
    const good = kept && kept.expiresAtMs > nowMs ? kept : undefined;
    if (good) {
      const lasts = good.expiresAtMs - nowMs >= Math.max(neededForSeconds * 1000, LAST_CALL_MS);
      if ((lasts && nowMs < good.refreshAtMs) || nowMs < pauseUntilMs) return good.credentials;
      if (lasts) {
        if (!asking) askInBackground();
        return good.credentials;
      }
    }
    asking ??= ask();
    try {
      return (await asking).credentials;
    } catch (error) {
      if (good && good.expiresAtMs > Date.now()) return good.credentials;
      throw error;
    }
  };
}

function toKept(credentials: ProvidedCredentials, option: string): Kept {
  const nowMs = Date.now();
  const expiresAtMs = credentials.expiresAt?.getTime();
  if (expiresAtMs === undefined) {
    return { credentials, expiresAtMs: Infinity, refreshAtMs: nowMs + KEEP_UNDATED_MS };
  }
  if (expiresAtMs <= nowMs) {
    throw new OssCallbackError('OSS_UNAVAILABLE', 'There are no credentials for OSS now.', {
      hint: `the function in "${option}" gave credentials that expired at ${new Date(expiresAtMs).toISOString()}`,
    });
  }
  return { credentials, expiresAtMs, refreshAtMs: expiresAtMs - REFRESH_BEFORE_MS };
}

/** A copy of what counts, so that nobody alters it afterwards. The error says which part is wrong, never its value. */
function checkCredentials(option: string, credentials: ProvidedCredentials): ProvidedCredentials {
  const given = (credentials ?? {}) as Partial<Record<keyof ProvidedCredentials, unknown>>;
  const text = (part: 'accessKeyId' | 'accessKeySecret' | 'securityToken'): string => {
    const value = given[part];
    if (typeof value !== 'string' || value.trim() === '') {
      throw invalidOption(`${option}.${part}`, 'is missing or empty.');
    }
    if (value !== value.trim()) {
      throw invalidOption(`${option}.${part}`, 'begins or ends with white space.');
    }
    return value;
  };
  const checked: ProvidedCredentials = {
    accessKeyId: text('accessKeyId'),
    accessKeySecret: text('accessKeySecret'),
  };
  if (given.securityToken !== undefined && given.securityToken !== '') {
    checked.securityToken = text('securityToken');
  }
  const { expiresAt } = given;
  if (expiresAt !== undefined) {
    if (!(expiresAt instanceof Date) || Number.isNaN(expiresAt.getTime())) {
      throw invalidOption(`${option}.expiresAt`, 'is not a valid Date.');
    }
    checked.expiresAt = expiresAt;
  }
  return Object.freeze(checked);
}

async function withinTime(provider: OssCredentialsProvider): Promise<ProvidedCredentials> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${PROVIDER_TIMEOUT_MS / 1000} s`)),
      PROVIDER_TIMEOUT_MS,
    );
    timer.unref();
  });
  try {
    return await Promise.race([provider(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error of the app's own function; a secret that is known does not get into it. */
function describe(error: unknown, known: OssCredentials | undefined): string {
  let text = error instanceof Error ? error.message : String(error);
  for (const secret of [known?.accessKeySecret, known?.securityToken]) {
    if (secret) text = text.replaceAll(secret, '(secret)');
  }
  return text.slice(0, 500);
}
