import type { CallbackBodyType } from '../protocol/callback/callback-parameter.js';

/**
 * An access key of OSS.
 * @category Options
 */
export interface OssCredentials {
  /** For example `LTAI5tAbCdEf`; with STS it begins with `STS.`. A sample value stops the boot. */
  accessKeyId: string;
  /** The secret of the access key. A sample value stops the boot. It appears in no log and in no error. */
  accessKeySecret: string;
  /** The token that belongs to a temporary access key. Default: none. */
  securityToken?: string;
}

/**
 * The credentials that an {@link OssCredentialsProvider} returns.
 * @category Options
 */
export interface ProvidedCredentials extends OssCredentials {
  /** When they expire. Default: unknown; the provider is then called again after five minutes. */
  expiresAt?: Date;
}

/**
 * Returns credentials that change, such as temporary ones. It is called when credentials are first needed and again
 * five minutes before they expire, once for all concurrent callers, and has ten seconds to respond. If it throws, valid
 * credentials stay in use; without them requests to OSS fail with `OSS_UNAVAILABLE`. The message of the error is logged,
 * so it must not contain a secret.
 * @category Options
 */
export type OssCredentialsProvider = () => ProvidedCredentials | Promise<ProvidedCredentials>;

/**
 * A role from which `authorizeSdk` gets temporary credentials that can upload one object.
 * @see https://help.aliyun.com/en/ram/developer-reference/api-sts-2015-04-01-assumerole
 * @category Options
 */
export interface StsOptions {
  /**
   * ARN of the role, for example `acs:ram::1234567890123456:role/uploader`. The app's own credentials need the
   * permission `sts:AssumeRole` for it.
   */
  roleArn: string;
  /**
   * Scheme and host of STS; https unless there is a local OSS. Default: `https://sts.<region>.aliyuncs.com`, or the
   * local OSS.
   */
  endpoint?: string;
  /**
   * Lifetime of the credentials in seconds, 900 to 43,200. STS refuses more than the role's own limit, which is 3,600
   * unless it was raised. Default: as long as the upload may start, at least 900.
   */
  durationSeconds?: number;
  /** Name of the session in audit logs: 2 to 64 letters, digits, `.`, `@`, `-` and `_`. Default: `nestjs-oss-callback`. */
  sessionName?: string;
}

/**
 * A bucket of the app.
 * @category Options
 */
export interface OssBucketOptions {
  /**
   * Name of the bucket in OSS: 3 to 63 lower-case letters, digits and hyphens. A bucket can be configured only once.
   * @see https://help.aliyun.com/en/oss/user-guide/bucket-naming-conventions
   */
  bucket: string;
  /** Region without a prefix: `cn-hangzhou`, not `oss-cn-hangzhou`. */
  region: string;
  /**
   * Scheme and host where browsers and the app reach OSS, without the bucket. Default:
   * `https://oss-<region>.aliyuncs.com`, or the local OSS.
   */
  endpoint?: string;
  /**
   * Scheme and host where the app itself reaches OSS, for example `https://oss-cn-hangzhou-internal.aliyuncs.com` within
   * a VPC. Default: `endpoint`.
   */
  internalEndpoint?: string;
  /** Whether `endpoint` is a domain of your own that is bound to the bucket. Default: false. */
  customDomain?: boolean;
  /** Whether the bucket is part of the path, not of the host name. Default: true for IP addresses and localhost only. */
  pathStyle?: boolean;
  /** Credentials for this bucket. Default: the `credentials` of the module. */
  credentials?: OssCredentials | OssCredentialsProvider;
  /** Role for uploads to this bucket. Default: the `sts` of the module. */
  sts?: StsOptions;
  /**
   * Whether versioning is enabled or suspended in the bucket. OSS then ignores `x-oss-forbid-overwrite`, and the boot
   * warns. Default: false.
   * @see https://help.aliyun.com/en/oss/developer-reference/getbucketversioning
   */
  versioned?: boolean;
}

/**
 * What OSS calls, and with which body.
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 * @category Options
 */
export interface CallbackOptions {
  /**
   * Where OSS sends callbacks: the path of an `@OssCallback` route as Nest serves it with its parameters filled in, for
   * example `/oss/callback`, or a complete URL of another process. OSS tries several, at most five, in order until one
   * succeeds. A path of this app without such a route stops the boot. Default: the `@OssCallback` route without a name,
   * or the only one.
   */
  url?: string | string[];
  /** Format of the body. Default: `application/x-www-form-urlencoded`. */
  bodyType?: CallbackBodyType;
  /**
   * Template of the body, for example `bucket=${bucket}&filename=${object}`. The ticket is added to it, and each
   * variable that a record needs and the template lacks. A template that would lose or break data stops the boot.
   * Default: every variable under its own name.
   */
  body?: string;
  /**
   * The variables that names in a body stand for, if uploads use templates other than `body`:
   * `{ filename: 'object', uid: 'x:user_id' }`. The names of `body` need not be listed. Default: none.
   */
  names?: Record<string, string>;
  /** Host header of the callback, with its port if it has one. Default: the host of the URL. */
  host?: string;
  /** Whether OSS sends the host name in the TLS handshake (`callbackSNI`). Default: true for https. */
  sni?: boolean;
}

/**
 * The app's own proof that it authorised an upload, which every callback has to carry.
 * @category Options
 */
export interface TicketOptions {
  /**
   * Secrets of at least 32 bytes each, for example from `openssl rand -base64 32`. The first signs tickets, and all
   * verify them. To rotate, append the new secret in all processes, then move it to the front, and remove the old one
   * once its tickets have expired. A placeholder stops the boot.
   */
  secrets: string[];
  /**
   * Whether callbacks without a ticket are refused. With false any callback that OSS signed for a bucket of the app is
   * accepted, and every customer of OSS can have one signed; the boot warns. Default: true.
   */
  required?: boolean;
  /**
   * How long an upload may be reported after its authorisation expired, in seconds, 60 to 2,592,000: it may have started
   * just before that and take long. Default: 86,400 (one day).
   */
  acceptForSeconds?: number;
}

/**
 * A local OSS for development and tests.
 * @category Options
 */
export interface LocalOssOptions {
  /** Scheme and host of the local OSS, for example `http://127.0.0.1:9100`. */
  url: string;
  /** Its public RSA key in PEM form. Default: fetched from the local OSS when the first callback arrives. */
  publicKey?: string;
}

/**
 * Limits of the `@OnUploadCompleted` handlers.
 * @category Options
 */
export interface HandlerOptions {
  /**
   * How long all handlers of one upload may take together, in seconds, 1 to 3,600. After that their transaction is
   * rolled back, and the attempt has failed. Default: 60.
   */
  timeoutSeconds?: number;
  /** How many attempts, 1 to 1,000, are made before the upload is `abandoned`. Default: 10. */
  maxAttempts?: number;
}

/**
 * The search for uploads whose callback was lost, and the retention of tickets.
 * @category Options
 */
export interface ReconciliationOptions {
  /**
   * Pause between two runs in seconds, 1 to 86,400. Each instance varies it randomly by up to a quarter. Default: 60.
   */
  everySeconds?: number;
  /**
   * How many uploads of each kind one run handles at most, 1 to 1,000,000: lost ones, unconfirmed ones, and those whose
   * handlers were interrupted. Default: 1,000.
   */
  maxPerRun?: number;
  /**
   * How long a closed ticket is kept after its upload can no longer be reported, in seconds, 0 to 315,360,000. Default:
   * 2,592,000 (30 days).
   */
  keepTicketsForSeconds?: number;
}

/**
 * Which public keys are trusted besides the one that OSS publishes.
 * @category Options
 */
export interface PublicKeyOptions {
  /**
   * Host names, without scheme or port, that may serve public keys besides OSS's own host, for example of a private
   * cloud. Keys are fetched from them with https, from `/callback_pub_key_v1.pem` to `/callback_pub_key_v99.pem`.
   * Default: none.
   */
  trustedHosts?: string[];
  /**
   * SHA-256 fingerprints of the only keys that are accepted, as 64 hex digits, of the key in DER form (SPKI). They apply
   * to every key, including the one in this package. Default: every key of a trusted host is accepted.
   */
  fingerprints?: string[];
}

/**
 * Retention of the table of refused callbacks.
 * @category Options
 */
export interface RejectionOptions {
  /**
   * How long a refused callback is kept, in seconds, 0 to 315,360,000; 0 keeps none. Default: 2,592,000 (30 days).
   */
  keepForSeconds?: number;
  /**
   * How many are kept at most, 0 to 100,000,000; the oldest are deleted first, and a fifth is reserved for callbacks
   * that OSS had not signed. 0 keeps none. Default: 100,000.
   */
  maxRows?: number;
}

/**
 * Maps the path that Nest sees to the path that OSS requested. Prefixes begin with a slash and do not end with one, as
 * in `/api`. A function gets the path without its query and returns a path that begins with a slash; if it throws or
 * returns anything else, the callback is refused with `INVALID_OPTIONS`.
 * @category Options
 */
export type PublicPath =
  | {
      /** For a proxy that removes this prefix before it forwards the request. */
      addPrefix?: string;
      /** For a proxy that adds this prefix. */
      removePrefix?: string;
    }
  | ((path: string) => string);

/**
 * The options of `OssCallbackModule`. They are checked when the app starts: mistakes stop the boot with one
 * `INVALID_OPTIONS` error that names all of them.
 * @category Module
 */
export interface OssCallbackOptions {
  /**
   * Scheme and host under which OSS reaches the app, for example `https://api.example.com`. It is part of every ticket:
   * after a change, tickets issued before are refused.
   */
  publicUrl: string;
  /**
   * Needed if a proxy changes the path of callbacks, since OSS signs the path that it requested. Default: the path is
   * the same.
   */
  publicPath?: PublicPath;
  /** The app's buckets, by names of its own. The first is the default of uploads. */
  buckets: Record<string, OssBucketOptions>;
  /**
   * Credentials with the permissions `oss:PutObject` and `oss:GetObject`, for all buckets that have none of their own: a
   * fixed access key, or a function that returns temporary ones. Presigned requests end with the credentials that sign
   * them. Default with `localOss`: its own; otherwise required.
   */
  credentials?: OssCredentials | OssCredentialsProvider;
  /**
   * Role for uploads to all buckets that have none of their own. Default: none, and `authorizeSdk` returns no
   * credentials.
   */
  sts?: StsOptions;
  /** What OSS calls, and with which body. Default: the app's `@OssCallback` route, with every variable. */
  callback?: CallbackOptions;
  /** The secrets that sign tickets, and how long tickets are accepted. */
  tickets: TicketOptions;
  /**
   * Name of the deployment, for example `staging`. A ticket from one environment is refused in another. Default: the
   * value of `NODE_ENV`, or `development`.
   */
  environment?: string;
  /**
   * How long an authorisation allows an upload to start, in seconds, 1 to 604,800, which is as long as a signature of
   * OSS can be valid. An upload can request another time. Default: 900.
   * @see https://help.aliyun.com/en/oss/developer-reference/signature-version-4-recommend
   */
  expiresInSeconds?: number;
  /**
   * Whether the object is looked up in the bucket (one HEAD request) before an upload counts. With `'never'` an uploader
   * can report an upload that never happened; the boot warns. Default: `'before-completion'`.
   */
  confirmObject?: 'before-completion' | 'never';
  /**
   * Time limit of the response to a callback, in milliseconds, 100 to 4,900. OSS gives up after 5,000. Default: 4,000.
   * @see https://help.aliyun.com/zh/oss/developer-reference/callback
   */
  answerWithinMs?: number;
  /**
   * Whether each completed upload is a line of the log: object, size, owner, and the time from its callback to the end of
   * its handlers. Default: true.
   */
  logCompletedUploads?: boolean;
  /**
   * Largest callback body that is read, in bytes, 1,024 to 4,194,304. Larger ones are refused with 413
   * `BODY_TOO_LARGE`. Default: 65,536.
   */
  maxBodyBytes?: number;
  /**
   * How many callbacks one process handles concurrently, 1 to 100,000. Further ones are refused at once with 503
   * `OVERLOADED`, and found by the reconciliation. Default: 512.
   */
  maxCallbacksInFlight?: number;
  /**
   * Limits of the `@OnUploadCompleted` handlers. `false` is for a process without the app's handlers: it records uploads
   * as `received`, and a process with the handlers completes them. Default: the limits' own defaults.
   */
  handlers?: false | HandlerOptions;
  /**
   * How uploads whose callback was lost are found and completed. `false` disables this in the process, and the boot
   * warns: if no process does it, these uploads are never recorded. Default: every 60 seconds.
   */
  reconciliation?: false | ReconciliationOptions;
  /** Public keys that are trusted besides OSS's own, or the only ones that are. Default: OSS's own. */
  publicKeys?: PublicKeyOptions;
  /** Retention of refused callbacks. Default: 30 days, and at most 100,000. */
  rejections?: RejectionOptions;
  /**
   * A local OSS that stands in for OSS in development and tests. The app then accepts callbacks that are signed with its
   * key, so the boot stops if `NODE_ENV` is `production`. Default: none.
   */
  localOss?: LocalOssOptions;
}

/**
 * Options that Nest needs when it wires the modules, before a factory returns the others.
 * @category Module
 */
export interface OssCallbackModuleExtras {
  /** Name of the TypeORM DataSource to use, which must be PostgreSQL. Default: the default DataSource. */
  dataSource?: string;
  /** Whether the module's providers are available in all modules. Default: true. */
  isGlobal?: boolean;
}
