import type { DataSource } from 'typeorm';
import { isUuid } from '../../ticket/upload-id.js';
import { OssUploadTicket } from '../../database/oss-upload-ticket.entity.js';
import { OssUpload, type OssUploadStatus } from '../../database/oss-upload.entity.js';

/**
 * The status of an upload, also before it is recorded. `pending`: authorised, and not reported yet. `expired`: it was
 * never reported. `ambiguous`: an object exists at the key, but whether it came from this upload cannot be determined.
 * `unresolved`: its bucket did not answer until seven days after the upload had ended. `unknown`: no such upload was
 * authorised, or its records are deleted. The others are those of {@link OssUploadStatus}.
 * @category Records
 */
export type UploadState =
  OssUploadStatus | 'pending' | 'expired' | 'ambiguous' | 'unresolved' | 'unknown';

/**
 * What is known of an upload.
 * @category Records
 */
export interface UploadStatusReport {
  /** The id of the request; in lower case if the upload is known. */
  uploadId: string;
  /** The status of the record or, without one, of the ticket. */
  status: UploadState;
  /**
   * The `owner` of the authorisation, to be compared with the current user; null if it had none or the upload is
   * `unknown`.
   */
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
