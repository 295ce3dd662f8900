import type { CallbackBodyType } from '../protocol/callback/callback-parameter.js';

/** An access key of OSS. With STS, `securityToken` belongs to it. */
export interface OssCredentials {
  accessKeyId: string;
  accessKeySecret: string;
  securityToken?: string;
}

/** Credentials of a provider. */
export interface ProvidedCredentials extends OssCredentials {
  /** Until when they are good. Without it they are kept for five minutes. */
  expiresAt?: Date;
}

/**
 * Gives credentials that change, such as temporary ones. It is called when they are first needed, again shortly before
 * they expire, and once for all who wait. What it throws goes to the log, so no secret may stand in it.
 */
export type OssCredentialsProvider = () => ProvidedCredentials | Promise<ProvidedCredentials>;

/** A role by which uploaders with an SDK of their own get temporary credentials for one object. */
export interface StsOptions {
  /** For example `acs:ram::1234567890123456:role/uploader`. The app's credentials need the right `sts:AssumeRole`. */
  roleArn: string;
  /** Default `https://sts.<region>.aliyuncs.com`; with `localOss` the local OSS. */
  endpoint?: string;
  /**
   * How long the credentials are good, in seconds: 900 up to the role's own limit, which is 3,600 unless it was raised.
   * Default: as long as the upload may start, and at least 900.
   */
  durationSeconds?: number;
  /** Names the session in audits. Default `nestjs-oss-callback`. */
  sessionName?: string;
}

export interface OssBucketOptions {
  /** The bucket's name in OSS. */
  bucket: string;
  /** Region without a prefix, for example `cn-hangzhou`. */
  region: string;
  /**
   * Where browsers and the app reach OSS, without the bucket. Default `https://oss-<region>.aliyuncs.com`; with
   * `localOss` the local OSS.
   */
  endpoint?: string;
  /**
   * Where the app itself reaches OSS, for example `https://oss-cn-hangzhou-internal.aliyuncs.com` within a VPC.
   * Default: `endpoint`.
   */
  internalEndpoint?: string;
  /** Whether `endpoint` is a domain of your own that is bound to the bucket. Default false. */
  customDomain?: boolean;
  /** Put the bucket into the path instead of the host name. Default: only for IP addresses and localhost. */
  pathStyle?: boolean;
  /** Other credentials than the module's. */
  credentials?: OssCredentials | OssCredentialsProvider;
  /** Another role than the module's. */
  sts?: StsOptions;
  /** Whether the bucket has versioning on or suspended: OSS then ignores `x-oss-forbid-overwrite`. Default false. */
  versioned?: boolean;
}

export interface CallbackOptions {
  /**
   * Where OSS calls: the path of an `@OssCallback` route as Nest serves it, with its parameters filled in, or a
   * complete URL of another process. A query may follow. Several, at most five, are tried in their order until one
   * answers well; tickets hold for exactly these. Default: the `@OssCallback` route without a name, or the only one.
   */
  url?: string | string[];
  /** Shape of the body that OSS sends. Default `application/x-www-form-urlencoded`. */
  bodyType?: CallbackBodyType;
  /**
   * A template of the app's own for the body, as in `bucket=${bucket}&filename=${object}`. The ticket, and whatever
   * a record needs and the template leaves out, is added to it. Default: every variable by its own name.
   */
  body?: string;
  /**
   * What names of a body mean, where uploads bring templates that the options do not know: name to variable, as in
   * `{ filename: 'object', uid: 'x:user_id' }`. The names of `body` are understood without it.
   */
  names?: Record<string, string>;
  /** Host header that OSS sends. Default: the host of the URL. */
  host?: string;
  /** Whether OSS names the host in the TLS handshake. Default true for https. */
  sni?: boolean;
}

export interface TicketOptions {
  /**
   * Secrets that sign the tickets: the first signs, all are accepted, so that a secret can be rotated. At least
   * 32 bytes each.
   */
  secrets: string[];
  /**
   * Whether a callback must carry a ticket of this app. Default true. With false any callback that OSS signed for
   * a configured bucket is taken, and every customer of OSS can have one signed.
   */
  required?: boolean;
  /** How long after its expiry an upload may still be reported, in seconds. Default 86,400 (a day). */
  acceptForSeconds?: number;
}

/** A local OSS in place of the real one, for development and tests; refused with `NODE_ENV=production`. */
export interface LocalOssOptions {
  /** Its address, for example `http://127.0.0.1:9100`. */
  url: string;
  /** Its public key as PEM. Default: fetched from the local OSS when the first callback comes. */
  publicKey?: string;
}

/** The handlers of `@OnUploadCompleted`: how long and how often they may try. */
export interface HandlerOptions {
  /** How long the handlers of one upload may take together, in seconds; then they are rolled back. Default 60. */
  timeoutSeconds?: number;
  /** How often they are tried before the upload is `abandoned`. Default 10. */
  maxAttempts?: number;
}

/** How uploads are found whose callback got lost, and how long records of tickets are kept. */
export interface ReconciliationOptions {
  /** Pause between two runs, in seconds; each instance adds a random part. Default 60. */
  everySeconds?: number;
  /** How many tickets, and how many uploads, one run takes at most. Default 1,000. */
  maxPerRun?: number;
  /** How long a ticket is kept after it can no longer be reported, in seconds. Default 2,592,000 (30 days). */
  keepTicketsForSeconds?: number;
}

/** Which keys besides the vendor's published one may sign, and where they may come from. */
export interface PublicKeyOptions {
  /** Hosts that may serve public keys besides the vendor's, for example of a private cloud. Default: none. */
  trustedHosts?: string[];
  /**
   * SHA-256 fingerprints of the only keys that are accepted, hex, of the key's DER form (SPKI). Default: every key
   * that a trusted host serves.
   */
  fingerprints?: string[];
}

/** The table of refused callbacks. */
export interface RejectionOptions {
  /** How long a refused callback is kept, in seconds. Default 2,592,000 (30 days). */
  keepForSeconds?: number;
  /** How many are kept at most; the oldest go first. Default 100,000. */
  maxRows?: number;
}

/** Leads from the path that Nest sees to the path that OSS requested, where a proxy changes it. */
export type PublicPath = { addPrefix?: string; removePrefix?: string } | ((path: string) => string);

export interface OssCallbackOptions {
  /** Scheme and host under which OSS reaches the app, for example `https://api.example.com`. */
  publicUrl: string;
  publicPath?: PublicPath;
  /** The app's buckets by a name of its own; the first is the default. */
  buckets: Record<string, OssBucketOptions>;
  /**
   * For all buckets that have none of their own; a function gives temporary ones. Presigned requests end with the
   * credentials that sign them. Optional with `localOss`.
   */
  credentials?: OssCredentials | OssCredentialsProvider;
  /** For all buckets that name no role of their own. Without it `authorizeSdk` hands out no credentials. */
  sts?: StsOptions;
  callback?: CallbackOptions;
  tickets: TicketOptions;
  /**
   * Names the deployment, for example `staging`: a ticket of one environment is refused in another. Default: the
   * value of `NODE_ENV`, else `development`.
   */
  environment?: string;
  /** How long an authorisation allows an upload to start, in seconds. Default 900. */
  expiresInSeconds?: number;
  /**
   * Whether the object is looked up in the bucket before an upload counts. `'never'` is for those who accept that
   * an uploader can report an upload that never happened. Default `'before-completion'`.
   */
  confirmObject?: 'before-completion' | 'never';
  /** The answer leaves within this time; OSS gives up after 5,000. Default 4,000. */
  answerWithinMs?: number;
  /** Largest callback body that is read, in bytes. Default 65,536. */
  maxBodyBytes?: number;
  /** How many callbacks are worked on at once in this process; those beyond are answered 503. Default 512. */
  maxCallbacksInFlight?: number;
  /**
   * What limits the `@OnUploadCompleted` handlers. `false` for a process that lacks the app's handlers: it records
   * uploads as `received`, and a process that has them completes them.
   */
  handlers?: false | HandlerOptions;
  /**
   * How uploads whose callback got lost are found and completed. `false` switches that off in this process; where no
   * process does it, lost callbacks stay lost.
   */
  reconciliation?: false | ReconciliationOptions;
  publicKeys?: PublicKeyOptions;
  rejections?: RejectionOptions;
  localOss?: LocalOssOptions;
}

/** What must be known when modules are wired, before options from a factory are there. */
export interface OssCallbackModuleExtras {
  /** Name of the TypeORM DataSource to use. Default: the default DataSource. */
  dataSource?: string;
  /** Whether the module's providers are visible everywhere. Default true. */
  isGlobal?: boolean;
}

/**
 * Credentials that are good now.
 * @param neededForSeconds how long they should stay good. What comes may still expire sooner.
 * @throws OssCallbackError `OSS_UNAVAILABLE` where a provider gives none, `INVALID_OPTIONS` where it gives something
 *   else; neither holds a secret
 */
export type GetCredentials = (neededForSeconds?: number) => Promise<ProvidedCredentials>;

export type ResolvedSts = Required<Omit<StsOptions, 'durationSeconds'>> &
  Pick<StsOptions, 'durationSeconds'>;

export interface ResolvedBucket extends Required<Omit<OssBucketOptions, 'credentials' | 'sts'>> {
  /** The app's own name for it. */
  name: string;
  getCredentials: GetCredentials;
  /** The role whose credentials uploaders get; absent where they get none. */
  sts: ResolvedSts | undefined;
}

export interface ResolvedCallback {
  /** As in the options; held against the routes once those are known. */
  urls: readonly string[];
  bodyType: CallbackBodyType;
  /** The app's own template, with the names that stand in it. */
  template: { body: string; bodyNames: ReadonlySet<string> } | undefined;
  /** Name of a body to variable. */
  names: ReadonlyMap<string, string>;
  host: string | undefined;
  sni: boolean | undefined;
}

/** The options with every default in place. */
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
  maxBodyBytes: number;
  maxCallbacksInFlight: number;
  handlers: false | Required<HandlerOptions>;
  reconciliation: false | Required<ReconciliationOptions>;
  publicKeys: Required<PublicKeyOptions>;
  rejections: Required<RejectionOptions>;
  localOss: LocalOssOptions | undefined;
}

/** Injection token of the resolved options. */
export const OSS_CALLBACK_OPTIONS = Symbol('OSS_CALLBACK_OPTIONS');
