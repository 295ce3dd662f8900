import { messageOf } from '../common/error-text.js';
import { Log } from '../common/log.js';
import { withinTime } from '../common/within-time.js';
import { OssCallbackError } from '../common/errors.js';
import { logText, type LogText, unquoted } from '../common/log-text.js';
import type { OssCredentials, ProvidedCredentials } from './options.js';
import type { GetCredentials } from './resolved.js';

/** A provider is called again when the credentials are valid for less than this. */
const REFRESH_BEFORE_MS = 5 * 60_000;
/** How long credentials without an expiry are kept: they may have been rotated since. */
const KEEP_UNDATED_MS = 5 * 60_000;
/**
 * How long a provider that failed, or returned no newer credentials, is not called again while the old ones are valid.
 */
const PAUSE_MS = 10_000;
/** Callers wait for new credentials when the old ones are valid for less than this. */
const LAST_CALL_MS = 30_000;
const PROVIDER_TIMEOUT_MS = 10_000;

const log = new Log();

interface Kept {
  credentials: ProvidedCredentials;
  /** Infinity if the provider gave no `expiresAt`. */
  expiresAtMs: number;
  refreshAtMs: number;
}

/**
 * Calls a provider once for all concurrent callers and keeps its credentials until shortly before they expire. If the
 * provider fails, credentials that are still valid stay in use.
 */
export function cacheCredentials(
  option: string,
  provide: () => Promise<ProvidedCredentials>,
): GetCredentials {
  let kept: Kept | undefined;
  let asking: Promise<Kept> | undefined;
  let pauseUntilMs = 0;

  async function ask(): Promise<Kept> {
    try {
      kept = toKept(await withinTime(provide(), PROVIDER_TIMEOUT_MS), option);
      return kept;
    } catch (error) {
      if (error instanceof OssCallbackError) throw error;
      throw unavailable(
        logText`the function in "${unquoted(option)}" failed: ${unquoted(describe(error, kept?.credentials))}`,
      );
    } finally {
      pauseUntilMs = Date.now() + PAUSE_MS;
      asking = undefined;
    }
  }

  /** Renews credentials that are still valid. A failure only goes to the log. */
  function askInBackground(): void {
    asking = ask();
    asking.catch((error: unknown) => {
      const reason = error instanceof OssCallbackError ? (error.hint ?? error.message) : '';
      log.warn(
        logText`The credentials could not be renewed; the current ones stay in use until they expire: ${unquoted(reason)}`,
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
    throw unavailable(
      logText`the function in "${unquoted(option)}" returned credentials that expired at ${unquoted(new Date(expiresAtMs).toISOString())}`,
    );
  }
  return { credentials, expiresAtMs, refreshAtMs: expiresAtMs - REFRESH_BEFORE_MS };
}

function unavailable(hint: LogText): OssCallbackError {
  return new OssCallbackError('OSS_UNAVAILABLE', 'Credentials for OSS are currently unavailable.', {
    hint,
  });
}

/** The message of the error, with the secrets of earlier credentials masked. */
function describe(error: unknown, known: OssCredentials | undefined): string {
  let text = messageOf(error);
  for (const secret of [known?.accessKeySecret, known?.securityToken]) {
    if (secret) text = text.replaceAll(secret, '(secret)');
  }
  return text.slice(0, 500);
}
