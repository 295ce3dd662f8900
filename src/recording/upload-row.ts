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
  const row = Object.assign(new OssUpload(), {
    id: terms?.uploadId ?? createUploadId(report.receivedAt.getTime()),
    identity: report.identity,
    bucket: system.bucket,
    object: system.object,
    ...(facts ? confirmedFacts(facts) : claimedFacts(report)),
    imageWidth: system.imageWidth ?? null,
    imageHeight: system.imageHeight ?? null,
    imageFormat: system.imageFormat ?? null,
    clientIp: system.clientIp ?? null,
    vpcId: system.vpcId ?? null,
    requestId: system.requestId ?? null,
    operation: system.operation ?? null,
    owner: terms?.owner ?? null,
    variables: { ...report.variables },
    source: report.source ?? 'callback',
    status: 'received',
    attempts: 0,
    nextAttemptAt: now,
    lastError: null,
    confirmedAt: facts ? now : null,
    ticketed: terms !== undefined,
    publicKeyFingerprint: report.publicKeyFingerprint ?? null,
    supersededEtag: null,
    receivedAt: report.receivedAt,
    completedAt: null,
  } satisfies OssUpload);
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
