import { createPublicKey, type KeyObject } from 'node:crypto';
import type { ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { isSignatureOf } from '../../protocol/callback/callback-signature-origin.js';
import { OSS_CALLBACK_PUBLIC_KEYS } from '../../protocol/callback/public-key-url.js';
import { PUBLISHED_SIGNATURES } from '../../protocol/callback/published-signatures.js';
import { MinuteBudget } from '../../common/minute-budget.js';
import { logText, type LogText, quotedUrl } from '../../common/log-text.js';
import { describeDiagnosis } from './signature-diagnosis-text.js';
import { diagnoseSignature, type DiagnosisLimits } from './signature-diagnosis.js';
import type { SignatureFailure } from './signature-failure.js';

/** The limit of searches per minute, which take CPU time from genuine callbacks. */
export const MAX_EXPLANATIONS_PER_MINUTE = 10;
/** Bodies that OSS sends are smaller, and a search takes less. */
const LIMITS: DiagnosisLimits = { maxBodyBytes: 16_384, maxMs: 20 };

const NEW_KEY = logText`. A local OSS makes a new key at each start unless it keeps its data: start the app after it`;

type Options = Pick<ResolvedOssCallbackOptions, 'callback' | 'localOss'>;

/**
 * Explains in the log why a callback's signature failed. Signatures that the key did not make, and published ones that
 * anyone can copy, are recognised without a search and do not count towards the limit.
 */
export class SignatureExplainer {
  /** By name, those that may have signed in place of the checked one. */
  private readonly otherKeys: ReadonlyMap<string, KeyObject>;
  private readonly minute = new MinuteBudget();

  constructor(private readonly options: Options) {
    const { localOss } = options;
    this.otherKeys = new Map(
      Object.entries({
        ...OSS_CALLBACK_PUBLIC_KEYS,
        ...(localOss?.publicKey
          ? { [`${localOss.url} (option localOss)`]: localOss.publicKey }
          : {}),
      }).map(([name, pem]) => [name, createPublicKey(pem)]),
    );
  }

  explain(failure: Omit<SignatureFailure, 'otherKeys' | 'callbackUrls'>): LogText {
    const start = logText`checked for the path ${quotedUrl(failure.checked)}`;
    if (PUBLISHED_SIGNATURES.has(failure.authorization)) {
      return logText`${start}; this signature of OSS is published in documentation, for a different request`;
    }
    if (
      isSignatureOf(failure.publicKey, failure.authorization) &&
      !this.minute.take('explanation', MAX_EXPLANATIONS_PER_MINUTE)
    ) {
      return logText`${start}; not explained, as ${MAX_EXPLANATIONS_PER_MINUTE} others were within a minute. "npx oss-callback verify" explains a captured request`;
    }
    const { callback, localOss } = this.options;
    const signature = { ...failure, otherKeys: this.otherKeys, callbackUrls: callback.urls };
    const diagnosis = diagnoseSignature(signature, LIMITS);
    const local = diagnosis.found === 'no-key' && localOss ? NEW_KEY : logText``;
    return logText`${start}; ${describeDiagnosis(diagnosis)}${local}`;
  }
}
