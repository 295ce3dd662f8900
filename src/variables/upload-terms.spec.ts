import { describe, expect, it } from 'vitest';
import { findBrokenTerm, type UploadTerms } from './upload-terms.js';

const terms: UploadTerms = {
  uploadId: '01920000-0000-7000-8000-000000000000',
  minSizeBytes: 2,
  maxSizeBytes: 4,
  contentTypes: ['image/png', 'video/*'],
  options: { digests: {}, anyMetadata: false },
  acceptUntil: new Date(),
  uploadIdPinned: true,
};

describe('findBrokenTerm', () => {
  it.each([2, 3, 4])('takes %i bytes', (size) => {
    expect(findBrokenTerm(terms, { size, mimeType: 'image/png' })).toBeUndefined();
  });

  it.each([
    [{ size: 1, mimeType: 'image/png' }, 'the object has 1 bytes; at least 2 are required'],
    [{ size: 5, mimeType: 'image/png' }, 'the object has 5 bytes; at most 4 are allowed'],
    [
      { size: 3, mimeType: 'text/html' },
      `the object's type is "text/html"; allowed are image/png, video/*`,
    ],
  ])('says what is wrong with %j', (object, problem) => {
    expect(findBrokenTerm(terms, object)).toBe(problem);
  });

  it('holds nothing against an object that is not known of it', () => {
    expect(findBrokenTerm(terms, {})).toBeUndefined();
  });

  it('has no upper limit where none was set', () => {
    const open = { ...terms, maxSizeBytes: undefined };
    expect(findBrokenTerm(open, { size: 1e12, mimeType: 'video/mp4' })).toBeUndefined();
    expect(
      findBrokenTerm({ ...terms, maxSizeBytes: 0, minSizeBytes: 0 }, { size: 1, mimeType: '' }),
    ) //
      .toBe('the object has 1 bytes; at most 0 are allowed');
  });
});
