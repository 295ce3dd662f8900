import type { CallbackRendering } from '../protocol/callback/callback-rendering.js';
import type { SigningCredentials } from '../protocol/signing/signature-v4.js';

/** Who may do what without a key. */
export type BucketAcl = 'private' | 'public-read' | 'public-read-write';

export interface SimulatorBucket {
  /** Without `oss-`; signatures of version 4 must name it. Any region is taken where this is left out. */
  region?: string;
  /** Account id of the owner, sent as `x-oss-owner` with callbacks. */
  owner?: string;
  /** Objects get version ids, and `x-oss-forbid-overwrite` has no effect, as in OSS. */
  versioned?: boolean;
  /** `private` by default. */
  acl?: BucketAcl;
  /** Web pages that may use the bucket beside those of this machine: origins such as `https://app.test`, or `*`. */
  corsOrigins?: readonly string[];
}

export interface SimulatorCredentials extends SigningCredentials {
  /** Account id of who uses this key, sent as `x-oss-requester`; the bucket's owner where left out. */
  userId?: string;
}

/** What callbacks' signatures cover, where OSS's documents do not say; the first of each is the default. */
export interface CallbackSigning {
  /** The question mark of a URL that ends with one. */
  bareQuestionMark?: 'signed' | 'left-out';
  /** A plus sign in a URL's path. */
  plusInPath?: 'plus' | 'space';
}

export interface OssSimulatorOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** 127.0.0.1 by default: the simulator is for one's own machine. */
  host?: string;
  /** The buckets that exist. Where left out, every name is a bucket. */
  buckets?: Readonly<Record<string, SimulatorBucket>>;
  /**
   * Host names, with those below them, that requests may name in `Host` beside `localhost`, addresses, OSS's own
   * domain and `host`. A name that others can rebind to this machine lets their web pages read the objects.
   */
  allowedHosts?: readonly string[];
  /** The bucket that is meant where neither host nor path name one. */
  defaultBucket?: string;
  /** The key pairs that may sign. Where left out there is one, see `OssSimulator.credentials`. */
  credentials?: readonly SimulatorCredentials[];
  /** false takes every request without looking at signatures; policies and expiry are not looked at either. */
  checkSignatures?: boolean;
  /** Keeps objects and the key pair in this folder, so that they survive a restart; otherwise in memory. */
  dataDirectory?: string;
  /** How callback bodies are written where OSS's own way is not known. */
  rendering?: Partial<CallbackRendering>;
  /** What the signatures of callbacks cover where OSS's own way is not known. */
  signing?: CallbackSigning;
  /** Conditions of a form's policy on `x:` fields, of which OSS's documents do not speak: enforced by default. */
  variableConditions?: 'enforce' | 'ignore' | 'refuse';
  /** Refuses callback URLs that OSS could not reach from outside, as OSS does: private and unknown addresses. */
  strict?: boolean;
  /**
   * The addresses that callbacks may go to, and no others: `host:port`, `host` for all its ports, `*` for all hosts.
   * Left out, all ports of this machine, as long as only this machine can ask; none where `host` is not loopback, or
   * a bucket's `corsOrigins` let in every page (`*` or `null`), since the default key lets anyone sign an upload.
   */
  callbackHosts?: readonly string[];
  /** Size of the RSA key that signs callbacks: 512 like that of OSS. */
  keyBits?: number;
  /** How long an app may take to answer a callback; OSS's 5,000 by default. */
  callbackTimeoutMs?: number;
  /** The time that signatures, policies and objects go by. */
  clock?: () => Date;
  /** Gets one line per request, with the strings to sign where a signature is refused. */
  log?: (line: string) => void;
}

/** What applies where options are left out. */
export const DEFAULT_CREDENTIALS: SimulatorCredentials = {
  accessKeyId: 'local-oss-access-key-id',
  accessKeySecret: 'local-oss-access-key-secret',
};
export const DEFAULT_OWNER = '1000000000000001';
