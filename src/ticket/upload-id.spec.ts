import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUploadId, isUuid, uuidFromBytes, uuidToBytes } from './upload-id.js';

describe('createUploadId', () => {
  it('makes UUIDs of version 7 that sort by their time', () => {
    const ids = [0, 1, 1_700_000_000_000, 2 ** 48 - 1].map((now) => createUploadId(now));
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(ids.toSorted()).toEqual(ids);
    expect(createUploadId(1_700_000_000_000).slice(0, 13)).toBe('018bcfe5-6800');
  });

  it('never makes one twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => createUploadId(1))).size).toBe(1_000);
  });
});

it('a UUID is a text, not what JavaScript reads as one', () => {
  const id = createUploadId();
  expect([id, id.toUpperCase()].every(isUuid)).toBe(true);
  for (const value of [
    [id],
    { toString: () => id },
    { toString: 1 },
    `${id}\n`,
    '',
    null,
    undefined,
  ]) {
    expect(isUuid(value)).toBe(false);
  }
});

it('a UUID is 16 bytes and back', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(uuidToBytes(uuid)).toHaveLength(16);
      expect(uuidFromBytes(uuidToBytes(uuid))).toBe(uuid);
    }),
  );
});
