import type { DataSource } from 'typeorm';
import { isUuid } from '../../ticket/upload-id.js';
import { OssUploadTicket } from '../../database/oss-upload-ticket.entity.js';
import { OssUpload, type OssUploadStatus } from '../../database/oss-upload.entity.js';

/**
 * `pending`: authorised, and not reported yet. `expired`: it was never reported. `ambiguous`: an object exists at the
 * key, but whether it came from this upload cannot be determined. `unresolved`: its bucket did not answer until seven
 * days after the upload had ended. `unknown`: no such upload was authorised, or its records are deleted.
 */
export type UploadState =
  OssUploadStatus | 'pending' | 'expired' | 'ambiguous' | 'unresolved' | 'unknown';

export interface UploadStatusReport {
  /** In lower case, as it was issued. */
  uploadId: string;
  status: UploadState;
  /** The owner of the upload; the app compares it with the current user. */
  owner: string | null;
  /** The record, if there is one. */
  upload: OssUpload | null;
}

export async function readUploadStatus(
  { manager }: DataSource,
  uploadId: string,
): Promise<UploadStatusReport> {
  const unknown = { uploadId, status: 'unknown' as const, owner: null, upload: null };
  if (!isUuid(uploadId)) return unknown;
  const upload = await manager.findOneBy(OssUpload, { id: uploadId });
  if (upload) return { uploadId: upload.id, status: upload.status, owner: upload.owner, upload };
  const ticket = await manager.findOneBy(OssUploadTicket, { id: uploadId });
  if (!ticket) return unknown;
  return { ...unknown, uploadId: ticket.id, status: stateOf(ticket), owner: ticket.owner };
}

function stateOf({ status, acceptUntil }: OssUploadTicket): UploadState {
  if (status !== 'open') return status;
  return acceptUntil > new Date() ? 'pending' : 'expired';
}
