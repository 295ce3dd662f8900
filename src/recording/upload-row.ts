import type { ObjectFacts } from '../oss-client/object-lookup.js';
import { createUploadId } from '../ticket/upload-id.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import type { Confirmation } from './object-confirmation.js';
import { OssUpload, type OssUploadSource } from '../database/oss-upload.entity.js';
import { toStorable } from '../common/database-text.js';
import type { AttemptPlan } from '../completion/upload-attempts.js';

/** A verified callback, or an upload that was found without one. */
export interface UploadReport extends Omit<VerifiedCallback, 'url' | 'publicKeyFingerprint'> {
  /** Absent if no callback was verified. */
  publicKeyFingerprint?: string;
  /** Default `callback`. */
  source?: OssUploadSource;
}

/** A confirmation that leads to a row. */
export type Outcome = Exclude<Confirmation, { state: 'contradicted' }>;

/**
 * The row for a report, with the bucket's facts if it was queried.
 * @param plan gives the completion state of a row whose object is accepted
 */
export function toUploadRow(
  report: UploadReport,
  confirmation: Outcome,
  plan: (upload: OssUpload) => AttemptPlan,
): OssUpload {
  const { system, terms } = report;
  const now = new Date();
  const facts = 'facts' in confirmation ? confirmation.facts : undefined;
  const known = facts ? confirmedFacts(facts) : claimedFacts(report);
  // One by one: `Object.assign` of so many properties costs three times as much, for each callback.
  const row = new OssUpload();
  row.id = terms?.uploadId ?? createUploadId(report.receivedAt.getTime());
  row.identity = report.identity;
  row.bucket = system.bucket;
  row.object = system.object;
  row.etag = known.etag;
  row.size = known.size;
  row.mimeType = known.mimeType;
  row.crc64 = known.crc64;
  row.contentMd5 = known.contentMd5;
  row.versionId = known.versionId;
  row.lastModified = known.lastModified;
  row.imageWidth = system.imageWidth ?? null;
  row.imageHeight = system.imageHeight ?? null;
  row.imageFormat = system.imageFormat ?? null;
  row.clientIp = system.clientIp ?? null;
  row.vpcId = system.vpcId ?? null;
  row.requestId = system.requestId ?? null;
  row.operation = system.operation ?? null;
  row.owner = terms?.owner ?? null;
  row.variables = { ...report.variables };
  row.source = report.source ?? 'callback';
  row.status = 'received';
  row.attempts = 0;
  row.nextAttemptAt = now;
  row.lastError = null;
  row.confirmedAt = facts ? now : null;
  row.ticketed = terms !== undefined;
  row.publicKeyFingerprint = report.publicKeyFingerprint ?? null;
  row.supersededEtag = null;
  row.receivedAt = report.receivedAt;
  row.completedAt = null;
  if (confirmation.state === 'broken') {
    const lastError = toStorable(confirmation.problem);
    return Object.assign(row, { status: 'rejected', nextAttemptAt: null, lastError });
  }
  if (confirmation.state === 'unavailable') {
    return Object.assign(row, { lastError: toStorable(confirmation.reason) });
  }
  return Object.assign(row, plan(row));
}

/** The object as the callback describes it, unconfirmed. */
export function claimedFacts({ system }: Pick<UploadReport, 'system'>) {
  return {
    etag: system.etag ?? null,
    size: system.size ?? null,
    mimeType: system.mimeType ?? null,
    crc64: system.crc64 ?? null,
    contentMd5: system.contentMd5 ?? null,
    versionId: null,
    lastModified: null,
  };
}

function confirmedFacts(facts: ObjectFacts) {
  return {
    etag: facts.etag,
    size: facts.size,
    mimeType: facts.mimeType,
    crc64: facts.crc64 ?? null,
    contentMd5: facts.contentMd5 ?? null,
    versionId: facts.versionId ?? null,
    lastModified: facts.lastModified ?? null,
  };
}
