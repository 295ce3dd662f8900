import type { DataSource } from 'typeorm';
import { EntitySql } from '../../database/entity-sql.js';
import { isBehind, readKeysetPage } from './keyset-page.js';
import {
  OssUploadTicket,
  type OssUploadTicketStatus,
} from '../../database/oss-upload-ticket.entity.js';
import { decodeCursor } from './page-cursor.js';
import { SqlParameters } from '../../database/sql-parameters.js';
import { checkOneOf, checkTexts, checkWholeNumber } from './upload-filter.js';

/**
 * Which page of the tickets to read; all given fields must match.
 * @category Records
 */
export interface OssUploadTicketRequest {
  /** Default `ambiguous`: an object exists, but whether it came from this upload is for a person to decide. */
  status?: OssUploadTicketStatus;
  /** The `owner` of the authorisation, exactly. */
  owner?: string;
  /** OSS's name of the bucket. */
  bucket?: string;
  /** The whole key, exactly, without a leading slash. */
  object?: string;
  /** How many tickets, 1 to 1,000; default 50. */
  limit?: number;
  /** `nextCursor` of the page before, with the same filter. Default: the first page. */
  cursor?: string;
}

/**
 * A part of the tickets, those that expired or expire last first.
 * @category Records
 */
export interface OssUploadTicketPage {
  /** At most `limit` tickets. */
  tickets: OssUploadTicket[];
  /** For the next page; null on the last one. */
  nextCursor: string | null;
}

export const TICKET_STATUSES: readonly OssUploadTicketStatus[] = [
  'open',
  'completed',
  'expired',
  'ambiguous',
  'unresolved',
];

export async function findTicketPage(
  dataSource: DataSource,
  request: OssUploadTicketRequest,
): Promise<OssUploadTicketPage> {
  const { status = 'ambiguous', limit = 50, cursor, ...exact } = request;
  checkOneOf('status', status, TICKET_STATUSES);
  const order = {
    names: new EntitySql(dataSource, OssUploadTicket),
    time: 'expiresAt',
    limit: checkWholeNumber('limit', limit, 1, 1_000),
  } as const;
  const parameters = new SqlParameters();
  const conditions = [`${order.names.column('status')} = ${parameters.add(status)}`];
  for (const [name, text] of Object.entries(checkTexts(exact))) {
    conditions.push(`${order.names.column(name as 'owner')} = ${parameters.add(text)}`);
  }
  if (cursor !== undefined) conditions.push(isBehind(order, decodeCursor(cursor), parameters));
  const branch = conditions.join(' AND ');
  const { rows, nextCursor } = await readKeysetPage(dataSource, order, [branch], parameters);
  return { tickets: rows, nextCursor };
}
