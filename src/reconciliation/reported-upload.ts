import { SystemVariablesDto } from '../variables/system-variables.dto.js';
import { toOptionTerms } from '../variables/option-terms.js';
import type { UploadTerms } from '../variables/upload-terms.js';
import type { OssUploadTicket } from '../database/oss-upload-ticket.entity.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { UploadReport } from '../recording/upload-row.js';

/** The report that never arrived, reconstructed from the ticket's row. */
export function reportOfTicket(ticket: OssUploadTicket): UploadReport {
  const { bucket, object, variables } = ticket;
  return {
    identity: `ticket:${ticket.id}`,
    system: Object.assign(new SystemVariablesDto(), { bucket, object }),
    variables,
    terms: termsOf(ticket),
    receivedAt: new Date(),
    source: 'reconciliation',
  };
}

/** A report that arrived, reconstructed from the upload's row. */
export function reportOfUpload(
  upload: OssUpload,
  ticket: OssUploadTicket | undefined,
): UploadReport {
  const claimed = Object.entries({
    bucket: upload.bucket,
    object: upload.object,
    etag: upload.etag,
    size: upload.size,
    mimeType: upload.mimeType,
    crc64: upload.crc64,
    contentMd5: upload.contentMd5,
    imageWidth: upload.imageWidth,
    imageHeight: upload.imageHeight,
    imageFormat: upload.imageFormat,
    clientIp: upload.clientIp,
    vpcId: upload.vpcId,
    requestId: upload.requestId,
    operation: upload.operation,
  }).filter(([, value]) => value !== null);
  return {
    identity: upload.identity,
    system: Object.assign(new SystemVariablesDto(), Object.fromEntries(claimed)),
    variables: upload.variables,
    ...(upload.ticketed ? { terms: ticket ? termsOf(ticket) : unlimitedTermsOf(upload) } : {}),
    publicKeyFingerprint: upload.publicKeyFingerprint ?? undefined,
    receivedAt: upload.receivedAt,
    source: upload.source,
  };
}

function termsOf(ticket: OssUploadTicket): UploadTerms {
  return {
    uploadId: ticket.id,
    owner: ticket.owner ?? undefined,
    minSizeBytes: ticket.minSizeBytes,
    maxSizeBytes: ticket.maxSizeBytes ?? undefined,
    contentTypes: ticket.contentTypes,
    options: ticket.objectOptions ? toOptionTerms(ticket.objectOptions) : undefined,
    acceptUntil: ticket.acceptUntil,
    uploadIdPinned: ticket.uploadIdPinned,
  };
}

/** The terms of an upload whose ticket's row was deleted: its limits are unknown. */
function unlimitedTermsOf({ id, owner, receivedAt }: OssUpload): UploadTerms {
  return {
    uploadId: id,
    owner: owner ?? undefined,
    minSizeBytes: 0,
    contentTypes: [],
    options: undefined,
    acceptUntil: receivedAt,
    uploadIdPinned: true,
  };
}
