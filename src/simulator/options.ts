import type { CallbackRendering } from '../protocol/callback/callback-rendering.js';
import type { SigningCredentials } from '../protocol/signing/signature-v4.js';

/** What requests without a signature may do. */
export type BucketAcl = 'private' | 'public-read' | 'public-read-write';

export interface SimulatorBucket {
  /** Without `oss-`, such as `cn-hangzhou`. V4 signatures must name it; if omitted, any region is accepted. */
  region?: string;
  /** Account id of the bucket's owner, sent as `x-oss-owner` with callbacks. */
  owner?: string;
  /** Whether objects keep their versions, and deleting one leaves a delete marker. As in OSS, `x-oss-forbid-overwrite` then has no effect. */
  versioned?: boolean;
  /** Default: `private`. */
  acl?: BucketAcl;
  /** Storage class of objects whose upload names none. Default: `Standard`. */
  storageClass?: string;
  /** Server-side encryption of objects whose upload names none, such as `AES256`. Default: none. */
  serverSideEncryption?: string;
  /** Origins of web pages that may use the bucket, in addition to those of this machine: `https://app.test`, or `*`. */
  corsOrigins?: readonly string[];
}

export interface SimulatorCredentials extends SigningCredentials {
  /** Account id of the key's user, sent as `x-oss-requester`. Default: the bucket's owner. */
  userId?: string;
}

/** What callback signatures cover where OSS's documentation does not say. The first value of each is the default. */
export interface CallbackSigning {
  /** The question mark at the end of a URL. */
  bareQuestionMark?: 'signed' | 'left-out';
  /** A plus sign in a URL's path. */
  plusInPath?: 'plus' | 'space';
}

export interface OssSimulatorOptions {
  /** Default: 0, a free port. */
  port?: number;
  /** The address to listen on. Default: `127.0.0.1`. */
  host?: string;
  /**
   * Region of the buckets that name none, and of those that clients make, without `oss-`. If omitted, they accept
   * signatures for any region, and say that they are in `cn-hangzhou`.
   */
  region?: string;
  /** The existing buckets by name. If omitted, every valid bucket name exists. */
  buckets?: Readonly<Record<string, SimulatorBucket>>;
  /**
   * Host names, with their subdomains, that requests may name in `Host`, in addition to `localhost`, IP addresses,
   * `*.aliyuncs.com` and `host`. A name that others can rebind to this machine lets their web pages read the objects.
   */
  allowedHosts?: readonly string[];
  /** The bucket of requests that name none in host or path. */
  defaultBucket?: string;
  /** The access keys that can sign requests. If omitted, there is one well-known key, see `OssSimulator.credentials`. */
  credentials?: readonly SimulatorCredentials[];
  /** `false` accepts every request: signatures, policies and expiry are not checked. Default: `true`. */
  checkSignatures?: boolean;
  /** The folder for objects, buckets, uploads and the key, which then survive a restart. If omitted, they are in memory. */
  dataDirectory?: string;
  /** How callback bodies are rendered where OSS's own rendering is not known. */
  rendering?: Partial<CallbackRendering>;
  /** What callback signatures cover where OSS's own way is not known. */
  signing?: CallbackSigning;
  /** What to do with conditions on `x:` fields in a form's policy, which OSS does not document. Default: `enforce`. */
  variableConditions?: 'enforce' | 'ignore' | 'refuse';
  /** Rejects callback URLs that OSS could not reach, as OSS does: private and unknown addresses. */
  strict?: boolean;
  /**
   * The only addresses that callbacks are sent to: `host:port`, `host` for all its ports, `*` for all hosts. Default:
   * all ports of this machine, as long as only this machine can send uploads. If `host` is not a loopback address, or
   * a bucket's `corsOrigins` admit every page (`*` or `null`), the default is no address, because anyone could then
   * sign an upload with the well-known key and choose where its callback goes.
   */
  callbackHosts?: readonly string[];
  /** Size of the RSA key that signs callbacks. Default: 512, as in OSS. */
  keyBits?: number;
  /** How long the app may take to answer a callback. Default: 5,000, as in OSS. */
  callbackTimeoutMs?: number;
  /** The current time for signatures, policies and objects. Default: the system clock. */
  clock?: () => Date;
  /** Called with a line per request and callback, and with the strings to sign of a signature that does not match. */
  log?: (line: string) => void;
  /** Whether URLs stand in these lines with their query. Default: false. */
  verbose?: boolean;
}

/** The access key if `credentials` are omitted. */
export const DEFAULT_CREDENTIALS: SimulatorCredentials = {
  accessKeyId: 'local-oss-access-key-id',
  accessKeySecret: 'local-oss-access-key-secret',
};
export const DEFAULT_OWNER = '1000000000000001';
