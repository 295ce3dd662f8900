import type { ObjectFacts } from '../client/object-lookup.js';
import { createUploadId } from '../ticket/upload-id.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import type { Confirmation } from './object-confirmation.js';
import { OssUpload, type OssUploadStatus } from './oss-upload.entity.js';

/** Texts that say why are cut at this length in a row. */
const MAX_REASON_LENGTH = 256;

/** What can become of a row. */
type Outcome = Exclude<Confirmation, { state: 'contradicted' }>;

/** The row for a callback as it stands after the bucket was asked, or was not. */
export function toUploadRow(callback: VerifiedCallback, confirmation: Outcome): OssUpload {
  const { system, terms } = callback;
  const status = statusAfter(confirmation);
  const now = new Date();
  const facts = 'facts' in confirmation ? confirmation.facts : undefined;
  return Object.assign(new OssUpload(), {
    id: terms?.uploadId ?? createUploadId(callback.receivedAt.getTime()),
    identity: callback.identity,
    bucket: system.bucket,
    object: system.object,
    ...(facts ? confirmedFacts(facts) : claimedFacts(callback)),
    imageWidth: system.imageWidth ?? null,
    imageHeight: system.imageHeight ?? null,
    imageFormat: system.imageFormat ?? null,
    clientIp: system.clientIp ?? null,
    vpcId: system.vpcId ?? null,
    requestId: system.requestId ?? null,
    operation: system.operation ?? null,
    owner: terms?.owner ?? null,
    variables: { ...callback.variables },
    source: 'callback',
    status,
    attempts: 0,
    nextAttemptAt: status === 'received' ? now : null,
    lastError: reasonOf(confirmation)?.slice(0, MAX_REASON_LENGTH) ?? null,
    confirmedAt: facts ? now : null,
    ticketed: terms !== undefined,
    publicKeyFingerprint: callback.publicKeyFingerprint,
    supersededEtag: null,
    receivedAt: callback.receivedAt,
    completedAt: status === 'completed' ? now : null,
  } satisfies OssUpload);
}

function statusAfter(confirmation: Outcome): OssUploadStatus {
  if (confirmation.state === 'broken') return 'rejected';
  return confirmation.state === 'unavailable' ? 'received' : 'completed';
}

function reasonOf(confirmation: Outcome): string | undefined {
  if (confirmation.state === 'broken') return confirmation.problem;
  return confirmation.state === 'unavailable' ? confirmation.reason : undefined;
}

/** What a callback says of its object, before anybody asked the bucket. */
export function claimedFacts({ system }: VerifiedCallback) {
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
