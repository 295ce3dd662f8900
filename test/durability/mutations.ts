import { brokenStructures } from './broken-structures.js';
import { BASE64URL, below, byteChanges, changeText, pick, type Random } from './byte-changes.js';
import { signBody } from './front.js';
import type { MutationContext } from './mutation-context.js';
import {
  changeField,
  fieldOf,
  ofCallback,
  type Parts,
  partsOf,
  toBytes,
  withHeader,
} from './request-parts.js';

/** One mutated request: bytes for the wire, and what was done to it. */
export interface Mutant {
  kind: string;
  bytes: Buffer;
  /** Whether it is no complete request: the connection is ended after it, and no answer need come. */
  isBroken: boolean;
}

/** Fields of the body whose change no signature may make good: OSS signs for any customer. */
const resignedFields: Record<string, (value: string, random: Random) => string> = {
  'x:ticket': (value, random) => changeText(value, random, BASE64URL),
  object: (value, random) => changeText(value, random, 'abcdefghijklmnop0123456789'),
  bucket: (value, random) => changeText(value, random, 'abcdefghijklmnop'),
  etag: (value, random) => changeText(value, random, '0123456789ABCDEF'),
  size: (value, random) => String(Number(value) + 1 + below(random, 1_000)),
  crc64: (value, random) => changeText(value, random, '123456789'),
  mimeType: (value, random) => `${value}${pick(random, 'abcdef'.split(''))}`,
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

  // signed again, as any customer of OSS can have it
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

const all = [
  ...Object.entries(mutations).map(([kind, make]) => ({ kind, make, isBroken: false })),
  ...Object.entries(brokenStructures).map(([kind, make]) => ({ kind, make, isBroken: true })),
];

export const mutationKinds: readonly string[] = all.map(({ kind }) => kind);

/** The mutation of this number; each kind comes in turn. */
export function mutate(index: number, context: MutationContext): Mutant {
  const { kind, make, isBroken } = all[index % all.length]!;
  return { kind, isBroken, bytes: make(partsOf(context.callback), context) };
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
