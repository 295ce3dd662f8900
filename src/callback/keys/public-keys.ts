import { keyFetchChannel, publishDuration } from '../../common/channels.js';
import { nameAndMessageOf } from '../../common/error-text.js';
import { OssCallbackError } from '../../common/errors.js';
import { Log } from '../../common/log.js';
import { logText, type LogText, quoted, unquoted } from '../../common/log-text.js';
import { pauseAfter } from '../../common/pauses.js';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { decodeCanonicalBase64 } from '../../protocol/callback/callback-signature.js';
import {
  isPublicKeyUrlUnder,
  OSS_CALLBACK_PUBLIC_KEYS,
  publicKeyPath,
  readPublicKeyUrl,
} from '../../protocol/callback/public-key-url.js';
import type { sendHttp } from '../../oss-client/http-client.js';
import { fetchPublicKey, keyUnavailable } from './fetch-public-key.js';
import { KeyFetches } from './key-fetches.js';
import { KnownKeys } from './known-keys.js';
import { type PublicKey, readPublicKey } from './public-key.js';
import { keyFetchMs } from '../time-budget.js';

/** How long a URL is not fetched again after a failure; twice as long after each further one. */
const FAILURE_PAUSE = { firstMs: 30_000, longestMs: 300_000 };
/** The shortest time between two fetches of the same URL that failed signatures cause. */
const RENEW_PAUSE_MS = 180_000;
/** Replaces both for the local OSS, which generates a new key when it starts. */
const LOCAL_PAUSE_MS = 1_000;
/** How many callbacks may wait for keys, if that is no more than half of all; further ones are refused immediately. */
const MAX_WAITING = 64;

/** The options that concern public keys. */
export type PublicKeysOptions = Pick<
  ResolvedOssCallbackOptions,
  'publicKeys' | 'localOss' | 'answerWithinMs' | 'maxCallbacksInFlight'
>;

/**
 * OSS's public keys by URL. The vendor's known key is shipped with this package; others are fetched over https from a
 * trusted host, and again when signatures fail, so that a key may change while the app runs. Requests cannot cause more
 * fetches than the pauses above allow, and a failed fetch never discards the last good key.
 */
export class PublicKeys {
  private readonly log = new Log();
  private readonly known = new Map<string, KnownKeys>();
  private readonly failures = new Map<string, { error: unknown; count: number; untilMs: number }>();
  private readonly fetches: KeyFetches;
  private readonly maxWaiting: number;
  private waiting = 0;
  private lastTrusted: { header: string; url: string } | undefined;

  /** @param send for tests */
  constructor(
    private readonly options: PublicKeysOptions,
    private readonly send?: typeof sendHttp,
  ) {
    this.fetches = new KeyFetches((url) => this.fetch(url));
    this.maxWaiting = Math.min(MAX_WAITING, Math.ceil(options.maxCallbacksInFlight / 2));
    const { localOss } = options;
    // Development against a local OSS needs no network.
    const renewAtMs = localOss ? Infinity : 0;
    for (const [url, pem] of Object.entries(OSS_CALLBACK_PUBLIC_KEYS)) {
      if (url.startsWith('https:')) this.ship(url, pem, renewAtMs, 'the known key of OSS');
    }
    if (!localOss?.publicKey) return;
    const url = `${localOss.url}${publicKeyPath(1)}`;
    this.ship(url, localOss.publicKey, Infinity, 'the key of "localOss.publicKey"');
  }

  /**
   * Finds the key that made a signature, among the accepted keys of a URL.
   * @param header `x-oss-pub-key-url` as received
   * @param isSignedBy whether this key made the signature
   * @returns the key and whether it signed; the newest key if none did
   * @throws OssCallbackError `KEY_NOT_TRUSTED` or `KEY_UNAVAILABLE`
   */
  async findSigner(
    header: string,
    isSignedBy: (publicKey: PublicKey) => boolean,
  ): Promise<PublicKey & { signed: boolean }> {
    const url = this.trustedUrl(header);
    const known = this.known.get(url) ?? (await this.fetchFirst(url));
    let signer = known.accepted.find(isSignedBy);
    if (!signer && (await this.renew(url, known))) signer = known.accepted.find(isSignedBy);
    const { key, fingerprint } = signer ?? this.newestOf(url, known);
    return { key, fingerprint, signed: signer !== undefined };
  }

  private trustedUrl(header: string): string {
    // OSS sends the same one with every callback.
    if (this.lastTrusted?.header !== header) {
      this.lastTrusted = { header, url: this.readTrustedUrl(header) };
    }
    return this.lastTrusted.url;
  }

  private readTrustedUrl(header: string): string {
    const named = decodeCanonicalBase64(header)?.toString('latin1') ?? '';
    const { localOss, publicKeys } = this.options;
    // If the options contain the local OSS's key, it is the only one.
    if (this.isLocal(named) && (this.known.has(named) || !localOss?.publicKey)) return named;
    const url = readPublicKeyUrl(header, publicKeys.trustedHosts);
    if (url) return url;
    throw notTrusted(
      logText`x-oss-pub-key-url names ${quoted(named || header)}${adviceFor(named)}`,
    );
  }

  private newestOf(url: string, { newest }: KnownKeys): PublicKey {
    if (this.isPinned(newest)) return newest;
    throw notTrusted(
      logText`the key of ${quoted(url)} has the fingerprint ${unquoted(newest.fingerprint)}, which is not among "publicKeys.fingerprints"`,
    );
  }

  private async fetchFirst(url: string): Promise<KnownKeys> {
    const failure = this.failures.get(url);
    if (failure && Date.now() < failure.untilMs) throw failure.error;
    await this.wait(this.fetches.get(url));
    return this.known.get(url)!;
  }

  /**
   * @returns whether the key was fetched again; if it cannot be, the known keys decide
   * @throws OssCallbackError `KEY_UNAVAILABLE` if too many callbacks wait for keys already
   */
  private async renew(url: string, known: KnownKeys): Promise<boolean> {
    if (!this.fetches.isWanted(url)) {
      if (Date.now() < known.renewAtMs) return false;
      known.renewAtMs = Date.now() + this.renewPauseMs(url);
    }
    const fetched = this.fetches.get(url).then(
      () => true,
      () => false,
    );
    return this.wait(fetched);
  }

  private async wait<T>(key: Promise<T>): Promise<T> {
    // The fetch continues, so that later callbacks find its key.
    if (this.waiting >= this.maxWaiting) {
      throw keyUnavailable(logText`${this.maxWaiting} callbacks are already waiting for keys`);
    }
    this.waiting += 1;
    try {
      return await key;
    } finally {
      this.waiting -= 1;
    }
  }

  private async fetch(url: string): Promise<void> {
    const known = this.known.get(url);
    try {
      const timeoutMs = keyFetchMs(this.options.answerWithinMs);
      const key = await publishDuration(
        keyFetchChannel,
        () => fetchPublicKey(url, { timeoutMs, send: this.send }),
        (durationMs, fetched) => ({ outcome: fetched ? 'fetched' : 'failed', durationMs, url }),
      );
      if (known) this.renewWith(url, known, key);
      else this.keep(url, key, Date.now() + this.renewPauseMs(url));
      this.failures.delete(url);
    } catch (error) {
      const reason = error instanceof OssCallbackError ? error.hint : undefined;
      if (known) {
        this.log.debug(
          logText`A key could not be fetched again: ${unquoted(reason ?? nameAndMessageOf(error))}`,
        );
      } else this.noteFailure(url, error);
      throw error;
    }
  }

  private noteFailure(url: string, error: unknown): void {
    const count = (this.failures.get(url)?.count ?? 0) + 1;
    const pauseMs = this.isLocal(url) ? LOCAL_PAUSE_MS : pauseAfter(count, FAILURE_PAUSE);
    this.failures.set(url, { error, count, untilMs: Date.now() + pauseMs });
  }

  private renewWith(url: string, known: KnownKeys, key: PublicKey): void {
    const before = known.newest.fingerprint;
    const outcome = known.renew(key, { keepReplaced: !this.isLocal(url) });
    if (outcome === 'same') return;
    const consequence =
      outcome === 'refused'
        ? logText`It is not among "publicKeys.fingerprints", so the one before stays.`
        : logText`It is used from now on.`;
    this.log.warn(
      logText`${quoted(url)} serves another key: fingerprint ${unquoted(key.fingerprint)}, before ${unquoted(before)}. ${consequence}`,
    );
  }

  private ship(url: string, pem: string, renewAtMs: number, what: string): void {
    const key = readPublicKey(pem);
    this.keep(url, key, renewAtMs);
    if (this.isPinned(key)) return;
    this.log.warn(
      logText`"publicKeys.fingerprints" does not list ${unquoted(what)}, ${unquoted(key.fingerprint)}: callbacks that it signed are refused.`,
    );
  }

  private keep(url: string, key: PublicKey, renewAtMs: number): void {
    this.known.set(url, new KnownKeys(key, (one) => this.isPinned(one), renewAtMs));
  }

  private isPinned({ fingerprint }: PublicKey): boolean {
    const { fingerprints } = this.options.publicKeys;
    return fingerprints.length === 0 || fingerprints.includes(fingerprint);
  }

  private isLocal(url: string): boolean {
    const { localOss } = this.options;
    return localOss !== undefined && isPublicKeyUrlUnder(localOss.url, url);
  }

  private renewPauseMs(url: string): number {
    return this.isLocal(url) ? LOCAL_PAUSE_MS : RENEW_PAUSE_MS;
  }
}

function adviceFor(url: string): LogText {
  if (/^http:\/\/(127\.|localhost|\[::1\])/.test(url)) {
    return logText`; callbacks of a local OSS need the option "localOss" with its address`;
  }
  const [host] = /^https?:\/\/[a-z0-9.-]+/.exec(url) ?? [];
  if (host === undefined || !isPublicKeyUrlUnder(host, url)) return logText``;
  return logText`; if that is the key host of a private cloud, add it to "publicKeys.trustedHosts"`;
}

function notTrusted(hint: LogText): OssCallbackError {
  return new OssCallbackError('KEY_NOT_TRUSTED', 'The public key does not belong to OSS.', {
    hint,
  });
}
