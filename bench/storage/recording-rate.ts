import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { createUploadId } from '../../src/ticket/upload-id.js';

const ROWS_PER_BATCH = 64;
const LANES = 2;
const OWNERS = 100_000;

/** Columns of a recorded callback, with their types. */
const COLUMNS = {
  id: 'uuid',
  identity: 'text',
  bucket: 'text',
  object: 'text',
  etag: 'text',
  size: 'bigint',
  mime_type: 'text',
  crc64: 'text',
  last_modified: 'timestamptz',
  client_ip: 'text',
  request_id: 'text',
  operation: 'text',
  owner: 'text',
  variables: 'jsonb',
  source: 'text',
  status: 'text',
  attempts: 'int',
  confirmed_at: 'timestamptz',
  ticketed: 'boolean',
  public_key_fingerprint: 'text',
  received_at: 'timestamptz',
  completed_at: 'timestamptz',
} as const;

const names = Object.keys(COLUMNS);
const arrays = Object.values(COLUMNS).map((type, index) => `$${index + 1}::${type}[]`);
const INSERT = `
  INSERT INTO oss_uploads (${names.join(', ')})
  SELECT * FROM unnest(${arrays.join(', ')}) ON CONFLICT DO NOTHING`;

/**
 * Records `rows` uploads the way concurrent callbacks are recorded, in batches that share one durable INSERT, two at a
 * time, and without HTTP.
 * @returns rows per second
 */
export async function measureRecordingRate(url: string, rows: number): Promise<number> {
  const batches = Array.from({ length: Math.ceil(rows / ROWS_PER_BATCH) }, makeBatch);
  const pool = new Pool({ connectionString: url, max: LANES });
  try {
    const started = performance.now();
    const lanes = Array.from({ length: LANES }, async () => {
      for (let values = batches.pop(); values; values = batches.pop()) {
        await pool.query({ name: 'record', text: INSERT, values });
      }
    });
    await Promise.all(lanes);
    return (rows / (performance.now() - started)) * 1_000;
  } finally {
    await pool.end();
  }
}

/** One array for each column. */
function makeBatch(): unknown[][] {
  const rows = Array.from({ length: ROWS_PER_BATCH }, makeRow).toSorted((one, other) =>
    one.identity < other.identity ? -1 : 1,
  );
  return names.map((name) => rows.map((row) => row[name as keyof typeof COLUMNS]));
}

function makeRow() {
  const now = new Date();
  const id = createUploadId(now.getTime());
  const digest = randomBytes(16).toString('hex').toUpperCase();
  const owner = `owner-${Math.floor(Math.random() * OWNERS)}`;
  return {
    id,
    identity: `ticket:${id}`,
    bucket: 'uploads',
    object: `${owner}/${id}.jpg`,
    etag: digest,
    size: 123_456,
    mime_type: 'image/jpeg',
    crc64: '11051210869376104954',
    last_modified: now,
    client_ip: '203.0.113.7',
    request_id: digest.slice(0, 24),
    operation: 'PostObject',
    owner,
    variables: '{"originalName":"IMG_2041.jpg"}',
    source: 'callback',
    status: 'completed',
    attempts: 0,
    confirmed_at: now,
    ticketed: true,
    public_key_fingerprint: `${digest}${digest}`,
    received_at: now,
    completed_at: now,
  } satisfies Record<keyof typeof COLUMNS, unknown>;
}
