import type { CallbackBodyType } from '../protocol/callback/callback-parameter.js';
import type {
  HandlerOptions,
  LocalOssOptions,
  OssBucketOptions,
  ProvidedCredentials,
  PublicKeyOptions,
  ReconciliationOptions,
  RejectionOptions,
  StsOptions,
  TicketOptions,
} from './options.js';

/**
 * Returns valid credentials.
 * @param neededForSeconds how long they should remain valid; they may still expire sooner
 * @throws OssCallbackError `OSS_UNAVAILABLE` if the provider fails, `INVALID_OPTIONS` if it returns something else.
 *   Neither contains a secret.
 * @inline
 */
export type GetCredentials = (neededForSeconds?: number) => Promise<ProvidedCredentials>;

/**
 * {@link StsOptions} with its defaults.
 * @inline
 */
export type ResolvedSts = Required<Omit<StsOptions, 'durationSeconds'>> &
  Pick<StsOptions, 'durationSeconds'>;

/**
 * A bucket of the options, with all defaults.
 * @inline
 */
export interface ResolvedBucket extends Required<Omit<OssBucketOptions, 'credentials' | 'sts'>> {
  /** The app's own name for the bucket. */
  name: string;
  /** Returns the bucket's credentials, or those of the module. */
  getCredentials: GetCredentials;
  /** The role for uploaders' credentials; `undefined` if they get none. */
  sts: ResolvedSts | undefined;
}

/**
 * {@link CallbackOptions} with all defaults.
 * @inline
 */
export interface ResolvedCallback {
  /**
   * The option `callback.url` as a list; empty if it is not set. Paths are compared with the routes once those are
   * known.
   */
  urls: readonly string[];
  /** Format of the body. */
  bodyType: CallbackBodyType;
  /** The app's own template and the names in it; `undefined` if the body has every variable under its own name. */
  template:
    | {
        /** The template. */
        body: string;
        /** The names in it. */
        bodyNames: ReadonlySet<string>;
      }
    | undefined;
  /** Names that occur in bodies, and the variables that they stand for. */
  names: ReadonlyMap<string, string>;
  /** Host header of the callback; `undefined`: the host of the URL. */
  host: string | undefined;
  /** Whether OSS sends the host name in the TLS handshake; `undefined`: for https only. */
  sni: boolean | undefined;
}

/**
 * {@link OssCallbackOptions} after their checks, with all defaults; what {@link InjectOssCallbackOptions} injects.
 * @category Module
 */
export interface ResolvedOssCallbackOptions {
  /** Scheme and host, without a slash at the end. */
  publicUrl: string;
  /** Maps the path that Nest sees to the path that OSS requested; both begin with a slash and have no query. */
  publicPath: (path: string) => string;
  /** The buckets by the app's own names, in the order of the options; the first is the default. */
  buckets: ReadonlyMap<string, ResolvedBucket>;
  /** What OSS calls, and with which body. */
  callback: ResolvedCallback;
  /** Secrets and acceptance of tickets. It contains the secrets themselves: do not log it. */
  tickets: Required<TicketOptions>;
  /** Name of the deployment, part of every ticket. */
  environment: string;
  /** How long an authorisation allows an upload to start, unless the upload requests another time. */
  expiresInSeconds: number;
  /** Whether the object is looked up in its bucket before an upload counts. */
  confirmObject: 'before-completion' | 'never';
  /** Time limit of the response to a callback. */
  answerWithinMs: number;
  /** Whether each completed upload is logged. */
  logCompletedUploads: boolean;
  /** Largest callback body that is read. */
  maxBodyBytes: number;
  /** How many callbacks this process handles concurrently. */
  maxCallbacksInFlight: number;
  /** Limits of the handlers; `false` if this process runs none. */
  handlers: false | Required<HandlerOptions>;
  /** Schedule and limits of the reconciliation; `false` if this process runs none. */
  reconciliation: false | Required<ReconciliationOptions>;
  /** The hosts and fingerprints that are trusted besides OSS's own host; empty lists if none are given. */
  publicKeys: Required<PublicKeyOptions>;
  /** Retention of refused callbacks. */
  rejections: Required<RejectionOptions>;
  /** The local OSS that stands in for OSS; `undefined` if none is configured. */
  localOss: LocalOssOptions | undefined;
  /**
   * Returns the name of the environment variable that set an option, such as `OSS_PUBLIC_URL` for `publicUrl`;
   * `undefined` if none did.
   */
  variableOf: (option: string) => string | undefined;
}

/**
 * Injection token of {@link ResolvedOssCallbackOptions}, for factories; elsewhere use {@link InjectOssCallbackOptions}.
 * @category Module
 */
export const OSS_CALLBACK_OPTIONS = Symbol('OSS_CALLBACK_OPTIONS');
