import type { CallbackRendering } from '../protocol/callback/callback-rendering.js';
import type { SigningCredentials } from '../protocol/signing/signature-v4.js';

/**
 * ACL of a bucket: what requests without a signature may do.
 * @category Simulator
 */
export type BucketAcl = 'private' | 'public-read' | 'public-read-write';

/**
 * A bucket of the local OSS.
 * @category Simulator
 */
export interface SimulatorBucket {
  /**
   * Region without `oss-`, such as `cn-hangzhou`. V4 signatures must name it. Default: the region of the options;
   * without that, any region is accepted.
   */
  region?: string;
  /** Account id of the bucket's owner, which callbacks send as `x-oss-owner`. Default: `1000000000000001`. */
  owner?: string;
  /**
   * Whether objects keep their versions, and deleting one leaves a delete marker. As in OSS, `x-oss-forbid-overwrite`
   * then has no effect. Default: false.
   */
  versioned?: boolean;
  /** Default: `private`. */
  acl?: BucketAcl;
  /** Storage class of objects whose upload names none. Default: `Standard`. */
  storageClass?: string;
  /** Server-side encryption of objects whose upload names none, such as `AES256`. Default: none. */
  serverSideEncryption?: string;
  /**
   * Origins of web pages that may use the bucket, in addition to those of this machine: `https://app.test`, or `*`.
   * Default: none.
   */
  corsOrigins?: readonly string[];
}

/**
 * An access key that can sign requests to the local OSS.
 * @category Simulator
 */
export interface SimulatorCredentials extends SigningCredentials {
  /** Account id of the key's user, sent as `x-oss-requester`. Default: the bucket's owner. */
  userId?: string;
}

/**
 * What callback signatures cover where OSS's documentation does not say. The first value of each is the default.
 * @category Simulator
 */
export interface CallbackSigning {
  /** The question mark at the end of a URL. */
  bareQuestionMark?: 'signed' | 'left-out';
  /** A plus sign in a URL's path. */
  plusInPath?: 'plus' | 'space';
}

/**
 * Options of {@link OssSimulator}.
 * @category Simulator
 */
export interface OssSimulatorOptions {
  /** Port to listen on. Default: 0, a free port. */
  port?: number;
  /** Address to listen on. Default: `127.0.0.1`. */
  host?: string;
  /**
   * Region of the buckets that name none, and of those that clients create, without `oss-`. Default: none; signatures
   * for any region are accepted, and the buckets report `cn-hangzhou`.
   */
  region?: string;
  /** The existing buckets by name. Default: every valid bucket name exists. */
  buckets?: Readonly<Record<string, SimulatorBucket>>;
  /**
   * Host names, with their subdomains, that requests may name in `Host`, in addition to `localhost`, IP addresses,
   * `*.aliyuncs.com` and `host`. If others can rebind a name to this machine, their web pages can read the objects.
   * Default: none.
   */
  allowedHosts?: readonly string[];
  /** The bucket of requests that name none in host or path. Default: none. */
  defaultBucket?: string;
  /** The access keys that can sign requests. Default: one well-known key, see {@link OssSimulator.credentials}. */
  credentials?: readonly SimulatorCredentials[];
  /** Whether signatures, policies and expiry are checked; `false` accepts every request. Default: true. */
  checkSignatures?: boolean;
  /**
   * Folder for objects, buckets, uploads and the key, which then survive a restart. Default: none, they are kept in
   * memory.
   */
  dataDirectory?: string;
  /** How callback bodies are rendered where OSS's documentation does not say. */
  rendering?: Partial<CallbackRendering>;
  /** What callback signatures cover where OSS's documentation does not say. */
  signing?: CallbackSigning;
  /**
   * How conditions on `x:` fields in a form's policy are treated, which OSS does not document: `enforce` checks them as
   * others, `ignore` skips them, `refuse` refuses the form. Default: `enforce`.
   */
  variableConditions?: 'enforce' | 'ignore' | 'refuse';
  /**
   * Whether callback URLs that OSS could not reach are refused, as OSS does: private and unknown addresses. Default:
   * false.
   */
  strict?: boolean;
  /**
   * The only addresses that callbacks are sent to: `host:port`, `host` for all its ports, `*` for all hosts. Default:
   * all ports of this machine, as long as only this machine can send uploads. If `host` is not a loopback address, or
   * a bucket's `corsOrigins` admit every page (`*` or `null`), the default is no address, because anyone could then
   * sign an upload with the well-known key and choose where its callback goes.
   */
  callbackHosts?: readonly string[];
  /** Size of the RSA key that signs callbacks, in bits. Default: 512, as in OSS. */
  keyBits?: number;
  /** How long the app may take to answer a callback, in milliseconds. Default: 5,000, as in OSS. */
  callbackTimeoutMs?: number;
  /** Returns the current time for signatures, policies and objects. Default: the system clock. */
  clock?: () => Date;
  /**
   * Called with a line for each request and callback, and with the strings to sign of a signature that does not match.
   * Default: nothing is logged.
   */
  log?: (line: string) => void;
  /** Whether these lines contain URLs with their query. Default: false. */
  verbose?: boolean;
}

/** The access key if `credentials` are omitted. */
export const DEFAULT_CREDENTIALS: SimulatorCredentials = {
  accessKeyId: 'local-oss-access-key-id',
  accessKeySecret: 'local-oss-access-key-secret',
};
export const DEFAULT_OWNER = '1000000000000001';
