import { randomBytes } from 'node:crypto';

/** An id as OSS gives to each request: 24 upper-case hex digits. */
export function newRequestId(): string {
  return randomBytes(12).toString('hex').toUpperCase();
}
