import type { DataSource } from 'typeorm';
import type { RejectionFacts } from '../../src/rejections/rejection-recorder.js';
import { OssCallbackRejection } from '../../src/index.js';
import { createUploadId } from '../../src/ticket/upload-id.js';

export const SIGNED = { code: 'TICKET_MISSING', signed: true };
export const UNSIGNED = { code: 'SIGNATURE_INVALID', signed: false };

export function facts(changes: Partial<RejectionFacts> = {}): RejectionFacts {
  return {
    reason: 'why',
    path: '/oss/callback',
    publicKeyUrl: null,
    remoteAddress: '192.0.2.1',
    bodyDigest: 'ab'.repeat(32),
    bodyBytes: 5,
    uploadId: null,
    ...changes,
  };
}

export function rowsOf(dataSource: DataSource): Promise<OssCallbackRejection[]> {
  return dataSource.manager.find(OssCallbackRejection, { order: { id: 'ASC' } });
}

/** How many refusals the table stands for, by code. */
export async function countsOf(dataSource: DataSource): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { code, occurrences } of await rowsOf(dataSource)) {
    counts[code] = (counts[code] ?? 0) + occurrences;
  }
  return counts;
}

/** Rows of refusals so many seconds ago. */
export async function insertRows(
  dataSource: DataSource,
  count: number,
  { signed, secondsAgo }: { signed: boolean; secondsAgo: number },
): Promise<void> {
  const rejectedAt = new Date(Date.now() - secondsAgo * 1_000);
  const rows = Array.from({ length: count }, () => ({
    ...(signed ? SIGNED : UNSIGNED),
    ...facts(),
    occurrences: 1,
    rejectedAt,
    id: createUploadId(rejectedAt.getTime()),
  }));
  await dataSource.manager.insert(OssCallbackRejection, rows);
}
