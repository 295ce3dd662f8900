import { describe, expect, it } from 'vitest';
import { type MultipartHandle, openHandle, sealHandle } from './multipart-handle.js';

const expiresAt = new Date('2030-01-01T00:00:00.000Z');
const before = new Date(+expiresAt - 1);
const handle: MultipartHandle = {
  uploadId: '0192f000-0000-7000-8000-000000000000',
  ossUploadId: 'ABC"',
  bucket: 'uploads',
  object: 'a 中/\u0001.bin'.padEnd(1_000, '\u0001'),
  sizeBytes: 2 ** 50,
  partSize: 2 ** 30,
  expiresAt,
};
const keys = { secrets: ['one'], audience: ['https://app', 'test'] };
const refusal = (problem: string) =>
  expect.objectContaining({
    code: 'INVALID_UPLOAD_REQUEST',
    message: expect.stringContaining(problem),
  });

describe('a handle', () => {
  it('comes back as it was, as text for a URL', () => {
    const text = sealHandle(handle, keys);
    expect(text).toMatch(/^[\w-]+\.[\w-]+$/);
    expect(openHandle(text, keys, before)).toEqual(handle);
  });

  it('opens with each of the secrets, and is sealed with the first', () => {
    const rotated = { ...keys, secrets: ['two', 'one'] };
    expect(openHandle(sealHandle(handle, keys), rotated, before)).toEqual(handle);
    expect(() => openHandle(sealHandle(handle, rotated), keys, before)).toThrow(
      refusal('was not issued by this app'),
    );
  });

  it('is not for another app or environment', () => {
    for (const audience of [['https://app', 'live'], ['https://apptest'], ['https://app']]) {
      expect(() => openHandle(sealHandle(handle, keys), { ...keys, audience }, before)).toThrow(
        refusal('was not issued by this app'),
      );
    }
  });

  it('is refused with any letter changed', () => {
    const text = sealHandle({ ...handle, object: 'a' }, keys);
    for (let index = 0; index < text.length; index += 1) {
      const letter = text[index] === 'A' ? 'B' : 'A';
      const forged = `${text.slice(0, index)}${letter}${text.slice(index + 1)}`;
      expect(() => openHandle(forged, keys, before)).toThrow(refusal('handle'));
    }
  });

  it('ends with its upload', () => {
    expect(() => openHandle(sealHandle(handle, keys), keys, expiresAt)).toThrow(
      refusal('expired at 2030-01-01'),
    );
  });
});
