import type { BenchUpload } from '../upload.js';
import { OBJECT_FACTS } from '../upload.js';
import { BUCKET, HANDLED_TABLE, MIME_TYPE, ORIGINAL_NAME } from '../world.js';

/** The columns of a record that a callback without a confirmation fills. */
const COLUMNS = [
  'id',
  'identity',
  'bucket',
  'object',
  'etag',
  'size',
  'mime_type',
  'image_width',
  'image_height',
  'image_format',
  'crc64',
  'content_md5',
  'client_ip',
  'request_id',
  'operation',
  'owner',
  'variables',
  'source',
  'status',
  'attempts',
  'next_attempt_at',
  'ticketed',
  'public_key_fingerprint',
  'received_at',
  'completed_at',
];

const RECORD = `
  INSERT INTO oss_uploads (${COLUMNS.join(', ')})
  VALUES (${COLUMNS.map((_, index) => `$${index + 1}`).join(', ')}) ON CONFLICT DO NOTHING`;

/** A prepared INSERT of one row. */
export function recordStatement(
  { id, object, owner }: BenchUpload,
  status: 'completed' | 'received',
) {
  const now = new Date();
  const { etag, size, crc64, contentMd5 } = OBJECT_FACTS;
  const values = [
    id,
    `ticket:${id}`,
    BUCKET,
    object,
    etag,
    size,
    MIME_TYPE,
    4032,
    3024,
    'jpg',
    crc64,
    contentMd5,
    '203.0.113.7',
    id.slice(0, 24),
    'PutObject',
    owner,
    JSON.stringify({ originalName: ORIGINAL_NAME }),
    'callback',
    status,
    status === 'received' ? 1 : 0,
    status === 'received' ? now : null,
    true,
    etag + etag,
    now,
    status === 'completed' ? now : null,
  ];
  return { name: 'record', text: RECORD, values };
}

/** What the handler of the other contenders writes. */
export function handleStatement({ id, owner }: BenchUpload) {
  return {
    name: 'handle',
    text: `INSERT INTO ${HANDLED_TABLE} (upload_id, owner) VALUES ($1, $2)`,
    values: [id, owner],
  };
}

export function completeStatement({ id }: BenchUpload) {
  return {
    name: 'complete',
    text: `UPDATE oss_uploads SET status = 'completed', completed_at = $2, next_attempt_at = NULL WHERE id = $1`,
    values: [id, new Date()],
  };
}
