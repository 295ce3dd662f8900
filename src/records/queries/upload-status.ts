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
  if (upload) return { uploadId, status: upload.status, owner: upload.owner, upload };
  const ticket = await manager.findOneBy(OssUploadTicket, { id: uploadId });
  return ticket ? { ...unknown, status: stateOf(ticket), owner: ticket.owner } : unknown;
}

function stateOf({ status, acceptUntil }: OssUploadTicket): UploadState {
  if (status !== 'open') return status;
  return acceptUntil > new Date() ? 'pending' : 'expired';
}
