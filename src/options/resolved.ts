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
 */
export type GetCredentials = (neededForSeconds?: number) => Promise<ProvidedCredentials>;

export type ResolvedSts = Required<Omit<StsOptions, 'durationSeconds'>> &
  Pick<StsOptions, 'durationSeconds'>;

export interface ResolvedBucket extends Required<Omit<OssBucketOptions, 'credentials' | 'sts'>> {
  /** The app's own name for the bucket. */
  name: string;
  getCredentials: GetCredentials;
  /** The role for uploaders' credentials; absent if they get none. */
  sts: ResolvedSts | undefined;
}

export interface ResolvedCallback {
  /** As in the options. They are compared with the routes once those are known. */
  urls: readonly string[];
  bodyType: CallbackBodyType;
  /** The app's own template, with the names in it. */
  template: { body: string; bodyNames: ReadonlySet<string> } | undefined;
  /** Name in a body to variable. */
  names: ReadonlyMap<string, string>;
  host: string | undefined;
  sni: boolean | undefined;
}

/** The options with all defaults. */
export interface ResolvedOssCallbackOptions {
  publicUrl: string;
  publicPath: (path: string) => string;
  buckets: ReadonlyMap<string, ResolvedBucket>;
  callback: ResolvedCallback;
  tickets: Required<TicketOptions>;
  environment: string;
  expiresInSeconds: number;
  confirmObject: 'before-completion' | 'never';
  answerWithinMs: number;
  logCompletedUploads: boolean;
  maxBodyBytes: number;
  maxCallbacksInFlight: number;
  handlers: false | Required<HandlerOptions>;
  reconciliation: false | Required<ReconciliationOptions>;
  publicKeys: Required<PublicKeyOptions>;
  rejections: Required<RejectionOptions>;
  localOss: LocalOssOptions | undefined;
  /** The environment variable that set an option, for mistakes that show only later; see `variableOf`. */
  variableOf: (option: string) => string | undefined;
}

/** Injection token of the resolved options. */
export const OSS_CALLBACK_OPTIONS = Symbol('OSS_CALLBACK_OPTIONS');
