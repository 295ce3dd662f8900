import { below, pick } from './byte-changes.js';
import type { MutationContext } from './mutation-context.js';
import { type Parts, toBytes, withHeader } from './request-parts.js';

/** What is no request any more, or not one request. */
export const brokenStructures: Record<string, (parts: Parts, context: MutationContext) => Buffer> =
  {
    truncated: (parts, { random }) => {
      const bytes = toBytes(parts);
      return bytes.subarray(0, 1 + below(random, bytes.byteLength - 1));
    },
    'length too long': (parts, { random }) =>
      withHeader(parts, 'content-length', (value) =>
        String(Number(value) + 1 + below(random, 99_999)),
      ),
    'length too short': (parts, { random }) =>
      withHeader(parts, 'content-length', (value) => String(Math.floor(Number(value) * random()))),
    'length no number': (parts, { random }) =>
      withHeader(parts, 'content-length', () =>
        pick(random, ['-1', '1e3', '0x10', '', '+5', '5, 5', 'NaN']),
      ),
    'length and chunks': (parts) =>
      toBytes({ ...parts, headers: [...parts.headers, ['transfer-encoding', 'chunked']] }),
    'odd chunks': (parts, { random }) => {
      const size = pick(random, [
        'zz',
        '-5',
        'ffffffffffffffff',
        '0x5',
        '5;x=' + 'y'.repeat(20_000),
        '',
      ]);
      const headers = parts.headers.filter(([name]) => name !== 'content-length');
      const head = toBytes({
        ...parts,
        headers: [...headers, ['transfer-encoding', 'chunked']],
        body: Buffer.alloc(0),
      });
      return Buffer.concat([
        head,
        Buffer.from(`${size}\r\n`),
        parts.body,
        Buffer.from('\r\n0\r\n\r\n'),
      ]);
    },
    'chunks without end': (parts, { random }) => {
      const headers = parts.headers.filter(([name]) => name !== 'content-length');
      const cut = below(random, parts.body.byteLength);
      const head = toBytes({
        ...parts,
        headers: [...headers, ['transfer-encoding', 'chunked']],
        body: Buffer.alloc(0),
      });
      const chunk = Buffer.from(`${parts.body.byteLength.toString(16)}\r\n`);
      return Buffer.concat([head, chunk, parts.body.subarray(0, cut)]);
    },
    'head flipped': (parts, { random }) => {
      // within the request line and the names, where every change is one of meaning
      const bytes = toBytes(parts);
      const at = below(random, parts.target.length + 5);
      bytes[at]! ^= 0x80;
      return bytes;
    },
    noise: (_, { random }) =>
      Buffer.from(Array.from({ length: 1 + below(random, 2_000) }, () => below(random, 256))),
  };
