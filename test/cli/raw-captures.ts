import { expect } from 'vitest';
import { genuine, toRawRequest } from '../genuine/genuine-callbacks.js';
import { toBytes } from '../support/raw-http.js';

/** A genuine callback as it went over the wire. */
export function rawGenuine(id: string): Buffer {
  return toBytes('http://a.example', toRawRequest(genuine(id)));
}

/** With one place replaced, and a Content-Length that fits. */
export function altered(bytes: Buffer, from: string, to: string): Buffer {
  const text = bytes.toString('latin1');
  expect(text).toContain(from);
  const changed = text.replace(from, to);
  const length = changed.length - changed.indexOf('\r\n\r\n') - 4;
  return Buffer.from(
    changed.replace(/content-length: \d+/i, `content-length: ${length}`),
    'latin1',
  );
}
