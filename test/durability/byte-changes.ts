export type Random = () => number;

export const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random() * items.length)]!;
export const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** What is done to bytes. Some of it may leave them as they were, which the caller must look at. */
export const byteChanges: Record<string, (bytes: Buffer, random: Random) => Buffer> = {
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
export function changeText(text: string, random: Random, alphabet: string): string {
  for (;;) {
    const letters = text.split('');
    const at = below(random, letters.length);
    const how = below(random, 3);
    if (how === 0) letters[at] = pick(random, alphabet.split(''));
    else if (how === 1) letters.splice(at, 1);
    else letters.splice(at, 0, pick(random, alphabet.split('')));
    const changed = letters.join('');
    if (changed !== text) return changed;
  }
}

export const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
