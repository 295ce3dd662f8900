import type { CallbackRequest } from '../../src/testing/index.js';
import { signBody } from './front.js';

/** One mutated request: bytes for the wire, and what was done to it. */
export interface Mutant {
  kind: string;
  bytes: Buffer;
  /** Whether it is no complete request: the connection is ended after it, and no answer need come. */
  isBroken: boolean;
}

type Random = () => number;
type Headers = [name: string, value: string][];

interface Parts {
  target: string;
  headers: Headers;
  body: Buffer;
}

interface MutationContext {
  random: Random;
  oss: { url: string };
  /** The callback of an upload that would be taken as it is. */
  callback: CallbackRequest;
  /** That of another upload. */
  other: CallbackRequest;
}

const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random() * items.length)]!;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** What is done to bytes. Some of it may leave them as they were, which the caller must look at. */
const byteChanges: Record<string, (bytes: Buffer, random: Random) => Buffer> = {
  flip: (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = below(random, changed.byteLength);
    changed[at]! ^= 1 << below(random, 8);
    return changed;
  },
  insert: (bytes, random) => {
    const at = below(random, bytes.byteLength + 1);
    const inserted = Buffer.from(
      Array.from({ length: 1 + below(random, 8) }, () => below(random, 256)),
    );
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
  },
  delete: (bytes, random) => {
    const at = below(random, bytes.byteLength);
    const end = Math.min(bytes.byteLength, at + 1 + below(random, 8));
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  },
  duplicate: (bytes, random) => {
    const at = below(random, bytes.byteLength);
    const end = Math.min(bytes.byteLength, at + 1 + below(random, 64));
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  },
  reorder: (bytes, random) => {
    const pairs = bytes.toString('latin1').split('&');
    const from = below(random, pairs.length);
    const [moved = ''] = pairs.splice(from, 1);
    pairs.splice(below(random, pairs.length + 1), 0, moved);
    return Buffer.from(pairs.join('&'), 'latin1');
  },
};

/** Another text of those that would have to be the same. */
function changeText(text: string, random: Random, alphabet: string): string {
  for (;;) {
    const letters = [...text];
    const at = below(random, letters.length);
    const how = below(random, 3);
    if (how === 0) letters[at] = pick(random, [...alphabet]);
    else if (how === 1) letters.splice(at, 1);
    else letters.splice(at, 0, pick(random, [...alphabet]));
    const changed = letters.join('');
    if (changed !== text) return changed;
  }
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Fields of the body whose change no signature may make good: OSS signs for whoever asks. */
const resignedFields: Record<string, (value: string, random: Random) => string> = {
  'x:ticket': (value, random) => changeText(value, random, BASE64URL),
  object: (value, random) => changeText(value, random, 'abcdefghijklmnop0123456789'),
  bucket: (value, random) => changeText(value, random, 'abcdefghijklmnop'),
  etag: (value, random) => changeText(value, random, '0123456789ABCDEF'),
  size: (value, random) => String(Number(value) + 1 + below(random, 1_000)),
  crc64: (value, random) => changeText(value, random, '123456789'),
  mimeType: (value, random) => `${value}${pick(random, [...'abcdef'])}`,
};

const mutations: Record<string, (parts: Parts, context: MutationContext) => Buffer> = {
  // bytes that OSS signed
  ...Object.fromEntries(
    Object.entries(byteChanges).map(([name, change]) => [
      `body ${name}`,
      (parts: Parts, { random }: MutationContext) => {
        for (;;) {
          const body = change(parts.body, random);
          if (!body.equals(parts.body)) return toBytes({ ...parts, body });
        }
      },
    ]),
  ),
  query: (parts, { random }) => {
    const query = changeText('a=1&b=2', random, 'abc012&=%');
    return toBytes({ ...parts, target: `${parts.target}?${query}` });
  },
  path: (parts, { random }) => {
    for (;;) {
      const target = `/${changeText(parts.target.slice(1), random, 'abcdefgoss/.%;?20')}`;
      if (decoded(target) !== parts.target) return toBytes({ ...parts, target });
    }
  },
  authorization: (parts, { random }) =>
    withHeader(parts, 'authorization', (value) =>
      changeText(
        value,
        random,
        'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=',
      ),
    ),
  'signature of another': (parts, { other }) =>
    withHeader(parts, 'authorization', () => other.headers.authorization!),

  // signed again by whoever may have OSS sign
  ...Object.fromEntries(
    Object.entries(resignedFields).map(([field, change]) => [
      `signed again, other ${field}`,
      (_: Parts, { callback, random, oss }: MutationContext) =>
        ofCallback(
          signBody(
            oss,
            changeField(callback.body, field, (value) => change(value, random)),
          ),
        ),
    ]),
  ),
  "signed again, another's ticket": (_, { callback, other, oss }) =>
    ofCallback(
      signBody(
        oss,
        changeField(callback.body, 'x:ticket', () => fieldOf(other.body, 'x:ticket')),
      ),
    ),
  'signed again, no ticket': (_, { callback, oss }) => {
    const pairs = callback.body.toString().split('&');
    const body = pairs.filter((pair) => !pair.startsWith('x:ticket=')).join('&');
    return ofCallback(signBody(oss, body));
  },
  'signed again, ticket twice': (_, { callback, other, oss }) =>
    ofCallback(
      signBody(oss, `${callback.body.toString()}&x:ticket=${fieldOf(other.body, 'x:ticket')}`),
    ),

  // headers
  'key URL': (parts, { random }) =>
    withHeader(parts, 'x-oss-pub-key-url', (value) =>
      Buffer.from(
        changeText(Buffer.from(value, 'base64').toString(), random, 'abcdefghij0123456789:/.@?#%'),
      ).toString('base64'),
    ),
  'no header': (parts, { random }) => {
    const name = pick(random, ['authorization', 'x-oss-pub-key-url']);
    return toBytes({ ...parts, headers: parts.headers.filter(([one]) => one !== name) });
  },
  'header twice': (parts, { random }) => {
    const name = pick(random, ['authorization', 'x-oss-pub-key-url']);
    const header = parts.headers.find(([one]) => one === name)!;
    return toBytes({ ...parts, headers: [...parts.headers, header] });
  },
  'content encoding': (parts, { random }) => {
    const value = pick(random, ['gzip', 'br', 'deflate', 'identity', 'x']);
    return toBytes({ ...parts, headers: [...parts.headers, ['content-encoding', value]] });
  },
  'huge header': (parts, { random }) => {
    const name = pick(random, ['authorization', 'x-oss-pub-key-url']);
    return withHeader(parts, name, (value) => value + 'A'.repeat(2_000 + below(random, 20_000)));
  },
  'control characters in a header': (parts, { random }) =>
    withHeader(
      parts,
      'authorization',
      (value) => value + String.fromCharCode(1 + below(random, 8)),
    ),
  method: (parts, { random }) =>
    Buffer.from(
      toBytes(parts)
        .toString('latin1')
        .replace('POST', pick(random, ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POSTX', 'post'])),
      'latin1',
    ),
};

/** What is no request any more, or not one request. */
const structures: Record<string, (parts: Parts, context: MutationContext) => Buffer> = {
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

const all = [
  ...Object.entries(mutations).map(([kind, make]) => ({ kind, make, isBroken: false })),
  ...Object.entries(structures).map(([kind, make]) => ({ kind, make, isBroken: true })),
];

export const mutationKinds: readonly string[] = all.map(({ kind }) => kind);

/** The mutation of this number; each kind comes in turn. */
export function mutate(index: number, context: MutationContext): Mutant {
  const { kind, make, isBroken } = all[index % all.length]!;
  return { kind, isBroken, bytes: make(partsOf(context.callback), context) };
}

function partsOf({ url, headers, body }: CallbackRequest): Parts {
  return { target: url, headers: Object.entries(headers), body };
}

function ofCallback(callback: CallbackRequest): Buffer {
  return toBytes(partsOf(callback));
}

/** The length is the body's where a mutation did not set another. */
function toBytes({ target, headers, body }: Parts, setLength = true): Buffer {
  const lines = headers.map(([name, value]) => {
    const isLength = setLength && name === 'content-length';
    return `${name}: ${isLength ? body.byteLength : value}\r\n`;
  });
  const head = `POST ${target} HTTP/1.1\r\nhost: app.example.org\r\nconnection: close\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

function withHeader(parts: Parts, name: string, change: (value: string) => string): Buffer {
  const headers = parts.headers.map(([one, value]): [string, string] => [
    one,
    one === name ? change(value) : value,
  ]);
  return toBytes({ ...parts, headers }, name !== 'content-length');
}

function fieldOf(body: Buffer, field: string): string {
  const pair = body
    .toString()
    .split('&')
    .find((one) => one.startsWith(`${field}=`));
  if (pair === undefined) throw new Error(`the body has no ${field}`);
  return pair.slice(field.length + 1);
}

function changeField(body: Buffer, field: string, change: (value: string) => string): string {
  const value = fieldOf(body, field);
  const changed = encodeURIComponent(change(decodeURIComponent(value)));
  if (changed === value) throw new Error(`${field} was not changed`);
  return body
    .toString()
    .split('&')
    .map((pair) => (pair === `${field}=${value}` ? `${field}=${changed}` : pair))
    .join('&');
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
