import type { OssUploadAudit } from '../../src/records/oss-upload-audit.js';
import { encodeCursor } from '../../src/records/queries/page-cursor.js';
import { BUSY_OBJECT, BUSY_OWNER, FIRST_RECEIVED_AT, LAST_RECEIVED_AT } from './fill-uploads.js';

/** A question that an audit asks; each is answered by one statement. */
export interface AuditQuestion {
  name: string;
  ask(audit: OssUploadAudit): Promise<unknown>;
}

const middle = new Date((FIRST_RECEIVED_AT.getTime() + LAST_RECEIVED_AT.getTime()) / 2);
const DAY_MS = 86_400_000;
const week = { from: new Date(middle.getTime() - 7 * DAY_MS), to: middle };

/** The cursor of a page in the middle of all records. */
const cursor = encodeCursor({
  timeUs: BigInt(middle.getTime()) * 1_000n,
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
});
/** And of one within the week. */
const weekCursor = encodeCursor({
  timeUs: BigInt(middle.getTime() - 2 * DAY_MS) * 1_000n,
  id: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
});

export const auditQuestions: AuditQuestion[] = [
  { name: 'the latest 50', ask: (audit) => audit.find() },
  { name: 'a deep page of all', ask: (audit) => audit.find({ cursor }) },
  { name: "an owner's latest 50", ask: (audit) => audit.find({ owner: BUSY_OWNER }) },
  {
    name: "a deep page of an owner's",
    ask: (audit) => audit.find({ owner: BUSY_OWNER, cursor, limit: 40 }),
  },
  { name: 'the history of one object', ask: (audit) => audit.find({ object: BUSY_OBJECT }) },
  {
    name: "a deep page of an object's history",
    ask: (audit) => audit.find({ object: BUSY_OBJECT, cursor, limit: 40 }),
  },
  {
    name: 'completed in one week',
    ask: (audit) => audit.find({ status: 'completed', ...week }),
  },
  {
    name: 'a deep page of completed in one week',
    ask: (audit) => audit.find({ status: 'completed', ...week, cursor: weekCursor }),
  },
  {
    name: 'failed or rejected before a time',
    ask: (audit) => audit.find({ status: ['failed', 'rejected'], to: middle, limit: 20 }),
  },
  {
    name: 'a deep page of failed',
    ask: (audit) => audit.find({ status: 'failed', cursor, limit: 20 }),
  },
];
