import type { DataSource } from 'typeorm';

/** Of every 100 records one belongs to this owner, and one is of this object. */
export const BUSY_OWNER = 'owner-busy';
export const BUSY_OBJECT = 'avatars/current.png';

/** The time over which the records are spread, however many they are. */
export const FIRST_RECEIVED_AT = new Date('2025-01-01T00:00:00Z');
export const LAST_RECEIVED_AT = new Date('2026-01-01T00:00:00Z');

export const OWNERS = 100_000;
const ROWS_PER_STATEMENT = 500_000;

/**
 * Fills the empty table of uploads with records as an app has them: ids and times in order, a hundred thousand owners,
 * one record in 200 `failed`, one in 200 `rejected`, one in 1,000 reconciled. The secondary indexes are made afterwards,
 * as the migration defines them.
 */
export async function fillUploads(dataSource: DataSource, rows: number): Promise<void> {
  const indexes = (await dataSource.query(`
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid = 'oss_uploads'::regclass AND NOT indisprimary`)) as {
    name: string;
    definition: string;
  }[];
  for (const { name } of indexes) await dataSource.query(`DROP INDEX ${name}`);
  for (let first = 0; first < rows; first += ROWS_PER_STATEMENT) {
    const last = Math.min(first + ROWS_PER_STATEMENT, rows) - 1;
    await dataSource.query(INSERT, [first, last, rows]);
  }
  for (const { definition } of indexes) await dataSource.query(definition);
  await dataSource.query('VACUUM ANALYZE oss_uploads');
  await dataSource.query('CHECKPOINT');
}

/** Further records with later times, into the table with its indexes. */
export async function addUploads(
  dataSource: DataSource,
  from: number,
  rows: number,
): Promise<void> {
  await dataSource.query(INSERT, [from, from + rows - 1, from]);
}

const SPREAD_MS = LAST_RECEIVED_AT.getTime() - FIRST_RECEIVED_AT.getTime();

const INSERT = `
  INSERT INTO oss_uploads (
    id, identity, bucket, object, etag, size, mime_type, crc64, last_modified, client_ip, request_id, operation,
    owner, variables, source, status, attempts, next_attempt_at, last_error, confirmed_at, ticketed,
    public_key_fingerprint, received_at, completed_at)
  SELECT
    id, 'ticket:' || id, 'uploads',
    CASE i % 100 WHEN 50 THEN '${BUSY_OBJECT}' ELSE owner || '/' || random_hex || '.jpg' END,
    upper(random_hex), 1000 + i % 10000000, 'image/jpeg', (i::numeric * 1844674407)::text, received_at,
    '203.0.113.' || i % 256, upper(substr(random_hex, 1, 24)), 'PostObject',
    owner, '{"originalName": "IMG_2041.jpg"}', CASE i % 1000 WHEN 7 THEN 'reconciliation' ELSE 'callback' END,
    status, 1, CASE status WHEN 'failed' THEN received_at END,
    CASE WHEN status <> 'completed' THEN 'the handler said no' END, received_at, true,
    repeat(substr(random_hex, 1, 16), 4), received_at, CASE status WHEN 'completed' THEN received_at END
  FROM (
    SELECT
      i, md5(i::text) AS random_hex,
      CASE i % 100 WHEN 0 THEN '${BUSY_OWNER}' ELSE 'owner-' || (i * 7919 % ${OWNERS}) END AS owner,
      CASE i % 200 WHEN 11 THEN 'failed' WHEN 13 THEN 'rejected' ELSE 'completed' END AS status,
      to_timestamp(ms / 1000.0) AS received_at,
      (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(i::text), 1, 3) || 'a' || substr(md5(i::text), 4, 15))::uuid AS id
    FROM (
      SELECT i, ${FIRST_RECEIVED_AT.getTime()} + (i::numeric * ${SPREAD_MS} / $3::bigint)::bigint AS ms
      FROM generate_series($1::bigint, $2::bigint) AS i
    ) AS numbered
  ) AS made`;
