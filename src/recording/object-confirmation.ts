import type { BucketStorageClasses } from '../oss-client/bucket-storage-classes.js';
import { lookUpObject, type ObjectFacts } from '../oss-client/object-lookup.js';
import { OssCallbackError, type OssCallbackErrorCode } from '../common/errors.js';
import { logText, type LogText, quoted, unquoted } from '../common/log-text.js';
import type { ResolvedBucket } from '../options/resolved.js';
import { uploadIdTime } from '../ticket/upload-id.js';
import { archiveClassToExplain } from '../variables/option-terms.js';
import { findBrokenTerm } from '../variables/upload-terms.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';

export type Confirmation =
  /** The bucket holds what the callback describes, within the ticket's limits. */
  | { state: 'confirmed'; facts: ObjectFacts }
  /** The bucket has no such object, or a different one, or one that another upload may have stored. */
  | { state: 'contradicted'; error: OssCallbackError; isAmbiguous?: true }
  /** The object violates its ticket; `facts` are given if the bucket was asked. */
  | { state: 'broken'; facts?: ObjectFacts; problem: string }
  /** The bucket could not be reached. */
  | { state: 'unavailable'; reason: string }
  /** The bucket was not asked (`confirmObject: 'never'`). */
  | { state: 'skipped' };

/** The bucket was asked. */
export type BucketAnswer = Exclude<Confirmation, { state: 'skipped' }>;

/** The bucket has the object, within the ticket's limits or not. */
export type FoundObject = Extract<BucketAnswer, { state: 'confirmed' | 'broken' }>;

type Claims = Pick<VerifiedCallback, 'system' | 'terms'>;

/**
 * Looks up a callback's object in its bucket, and compares it with what the callback says.
 * @param endsAtMs when OSS must have answered, on the clock of `performance.now()`
 */
export async function confirmObject(
  callback: Claims,
  bucket: ResolvedBucket,
  classes: BucketStorageClasses,
  endsAtMs: number,
): Promise<BucketAnswer> {
  const { system, terms } = callback;
  const lookup = await lookUpObject(bucket, system.object, { endsAtMs });
  const name = () => logText`bucket ${unquoted(bucket.bucket)}, object ${quoted(system.object)}`;
  if (lookup.state === 'unavailable') return lookup;
  if (lookup.state === 'missing') {
    return contradicted('OBJECT_MISSING', 'The object is not in the bucket.', name());
  }
  if (lookup.state === 'foreign') return mismatch(logText`${name()}: ${unquoted(lookup.reason)}`);
  const { facts } = lookup;
  const difference = findDifference(callback, facts);
  if (difference !== undefined) return mismatch(logText`${name()}: ${difference}`);
  const problem = terms && findBrokenTerm(terms, facts);
  if (problem !== undefined) return { state: 'broken', facts, problem };
  const archiveClass = terms?.options && archiveClassToExplain(terms.options, facts.options);
  if (archiveClass === undefined) return { state: 'confirmed', facts };
  const own = await classes.lookUp(bucket, endsAtMs);
  if (own.state === 'unavailable') return own;
  if (own.state === 'found' && own.storageClass === archiveClass)
    return { state: 'confirmed', facts };
  const known = own.state === 'found' ? `the bucket's own is ${own.storageClass}` : own.reason;
  return {
    state: 'broken',
    facts,
    problem: `the object's x-oss-storage-class is ${quoted(archiveClass).text}; the authorisation specified none, and ${known}`,
  };
}

function mismatch(hint: LogText): BucketAnswer {
  return contradicted('OBJECT_MISMATCH', 'The object is not the one described.', hint);
}

function contradicted(code: OssCallbackErrorCode, message: string, hint: LogText): BucketAnswer {
  return { state: 'contradicted', error: new OssCallbackError(code, message, { hint }) };
}

/** The check that remains if the bucket is not asked: whether the claims are within the limits of the ticket. */
export function checkClaims({ system, terms }: Claims): Confirmation {
  const problem = terms && findBrokenTerm(terms, system);
  return problem ? { state: 'broken', problem } : { state: 'skipped' };
}

function findDifference({ system, terms }: Claims, facts: ObjectFacts): LogText | undefined {
  for (const name of ['etag', 'size', 'crc64', 'mimeType', 'contentMd5'] as const) {
    const claimed = system[name];
    const found = facts[name];
    if (claimed !== undefined && found !== undefined && claimed !== found) {
      return logText`${unquoted(name)} is ${shown(found)}, the callback says ${shown(claimed)}`;
    }
  }
  if (!terms) return undefined;
  if (facts.uploadId === undefined && !terms.uploadIdPinned) {
    return isYoungerThan(terms.uploadId, facts)
      ? undefined
      : logText`it has no x-oss-meta-upload-id, and is older than the ticket`;
  }
  return facts.uploadId === terms.uploadId
    ? undefined
    : logText`its x-oss-meta-upload-id is ${shown(facts.uploadId)}, the ticket's ${unquoted(terms.uploadId)}`;
}

function shown(value: string | number | undefined): LogText {
  return typeof value === 'string' ? quoted(value) : unquoted(String(value));
}

/**
 * If the upload could not be made to store its id, its ticket must not claim an object that existed before. Compares
 * ages, not times, since the clocks of OSS and of this machine may differ.
 */
function isYoungerThan(uploadId: string, facts: ObjectFacts): boolean {
  const storedAt = storageTime(facts);
  return storedAt !== undefined && storedAt.getTime() >= uploadIdTime(uploadId) - 1_000;
}

/** When an object was stored, by this machine's clock; OSS reports whole seconds. */
export function storageTime({ ageMs }: ObjectFacts): Date | undefined {
  return ageMs === undefined ? undefined : new Date(Date.now() - ageMs);
}
