import type { DataSource } from 'typeorm';
import { OssUpload, OssUploadAudit, OssUploadTicket } from '../../src/index.js';
import { buildCompletedUpload } from '../../src/testing/index.js';
import { createUploadId } from '../../src/ticket/upload-id.js';
import { openDataSource } from '../support/app-module.js';
import { createMigratedDatabase } from '../support/test-app.js';

export interface AuditWorld {
  dataSource: DataSource;
  audit: OssUploadAudit;
  url: string;
  /** Inserts one record; what is not said is that of a completed upload without a ticket's row. */
  add(upload?: Partial<OssUpload>): Promise<OssUpload>;
  addAll(uploads: Partial<OssUpload>[]): Promise<OssUpload[]>;
  addTicket(ticket: Partial<OssUploadTicket>): Promise<OssUploadTicket>;
  stop(): Promise<void>;
}

/** For an audit without an app, which decides about no tickets. */
export const noDecisions = {
  carryOut: () => Promise.reject(new Error('There is no app that could carry this out.')),
};

/** An audit on a database of its own, without an app. */
export async function createAuditWorld(): Promise<AuditWorld> {
  const database = await createMigratedDatabase();
  const dataSource = await openDataSource(database.url);
  const addAll = async (uploads: Partial<OssUpload>[]) => {
    const rows = uploads.map(makeUpload);
    await dataSource.manager.insert(OssUpload, rows);
    return rows;
  };
  return {
    dataSource,
    audit: new OssUploadAudit(dataSource, noDecisions),
    url: database.url,
    addAll,
    add: async (upload = {}) => (await addAll([upload]))[0]!,
    addTicket: async (ticket) => {
      const row = makeTicket(ticket);
      await dataSource.manager.insert(OssUploadTicket, row);
      return row;
    },
    stop: async () => {
      await dataSource.destroy();
      await database.drop();
    },
  };
}

/** Minutes before a fixed time, so that tests name an order and not times. */
export function minutesAgo(minutes: number): Date {
  return new Date(Date.UTC(2026, 0, 31, 12) - minutes * 60_000);
}

export function makeUpload(upload: Partial<OssUpload> = {}): OssUpload {
  const receivedAt = upload.receivedAt ?? minutesAgo(0);
  const id = upload.id ?? createUploadId(receivedAt.getTime());
  const status = upload.status ?? 'completed';
  return buildCompletedUpload({
    id,
    bucket: 'uploads',
    object: `files/${id}`,
    status,
    confirmedAt: receivedAt,
    receivedAt,
    completedAt: status === 'completed' ? receivedAt : null,
    ...upload,
  });
}

export function makeTicket(ticket: Partial<OssUploadTicket> = {}): OssUploadTicket {
  const createdAt = ticket.createdAt ?? minutesAgo(0);
  const expiresAt = ticket.expiresAt ?? createdAt;
  return Object.assign(new OssUploadTicket(), {
    id: createUploadId(createdAt.getTime()),
    bucket: 'uploads',
    object: 'a.txt',
    owner: null,
    variables: {},
    minSizeBytes: 0,
    maxSizeBytes: null,
    contentTypes: [],
    objectOptions: null,
    operation: 'PutObject',
    uploadIdPinned: true,
    status: 'open',
    createdAt,
    expiresAt,
    acceptUntil: expiresAt,
    nextLookupAt: null,
    closedAt: null,
    ...ticket,
  } satisfies OssUploadTicket);
}
