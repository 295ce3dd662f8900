import { describe, expect, it } from 'vitest';
import type { PreparedUpload } from './prepare-upload.js';
import { exactContentType, pinnedFields, pinnedHeaders } from './pinned-headers.js';

const upload = (contentTypes: string[] = [], contentType?: string, overwrite = false) =>
  ({
    terms: { uploadId: 'ID', contentTypes },
    contentType,
    overwrite,
  }) as unknown as PreparedUpload;

describe('an upload carries', () => {
  it('its id, an ACL that publishes nothing, and the ban to overwrite', () => {
    expect(pinnedFields(upload())).toEqual({
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
      'x-oss-forbid-overwrite': 'true',
    });
  });

  it('no ban where it may overwrite; a PUT its type', () => {
    expect(pinnedHeaders(upload([], undefined, true), 'image/png')).toEqual({
      'content-type': 'image/png',
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
    });
  });
});

describe('a PUT is signed for one type:', () => {
  it.each([
    ['application/octet-stream', upload()],
    ['image/png', upload(['image/png'])],
    ['image/gif', upload(['image/*'], 'image/gif')],
    ['text/plain; charset=utf-8', upload([], 'text/plain; charset=utf-8')],
  ])('%s', (type, of) => expect(exactContentType(of)).toBe(type));

  it.each([[['image/*']], [['image/png', 'image/gif']]])('not for %j', (contentTypes) => {
    expect(() => exactContentType(upload(contentTypes))).toThrow(
      expect.objectContaining({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringContaining(contentTypes.join(', ')),
      }),
    );
  });
});
