import type { KeyObject } from 'node:crypto';
import { type LogText } from '../../common/log-text.js';

/** A callback with an invalid signature, and what may explain it. */
export interface SignatureFailure {
  /** Path with query as received. */
  received: string;
  /** Path with query that did not verify: `received`, led through the option `publicPath`. */
  checked: string;
  body: Buffer;
  /** By lower-case name. Any sender can write them: they suggest what to try, but prove nothing. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The Authorization header. */
  authorization: string;
  publicKey: KeyObject;
  /** Other keys of OSS that this process knows: name to key. */
  otherKeys: ReadonlyMap<string, KeyObject>;
  /** URLs or paths that uploads may have given to OSS as callback URL. */
  callbackUrls: readonly string[];
}

/** One thing that makes a request another than the one that OSS signed. */
export interface SignatureCause {
  code: SignatureCauseCode;
  /** What happened, for a log: values of the request are quoted. */
  explanation: LogText;
  /** What to set or change, for a log. */
  fix: LogText;
}

export type SignatureCauseCode =
  | 'public-path-wrong'
  | 'absolute-form'
  | 'prefix-removed'
  | 'prefix-added'
  | 'prefix-replaced'
  | 'slash-removed'
  | 'slash-added'
  | 'slashes-merged'
  | 'letter-case-changed'
  | 'path-encoding-changed'
  | 'path-rewritten'
  | 'query-changed'
  | 'body-changed';

/** `https://host/a?b` -> `/a?b`; what begins with a slash stays. */
export function withoutOrigin(url: string): string {
  const target = url.replace(/^https?:\/\/[^/?#]*/i, '');
  return target.startsWith('/') ? target : `/${target}`;
}
