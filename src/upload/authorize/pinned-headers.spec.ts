import { describe, expect, it } from 'vitest';
import type { AuthorisedOptions } from '../../variables/option-terms.js';
import type { PreparedUpload } from './prepare-upload.js';
import { exactContentType, pinnedFields, pinnedHeaders } from './pinned-headers.js';

const upload = (
  contentTypes: string[] = [],
  contentType?: string,
  overwrite = false,
  objectOptions: AuthorisedOptions = {},
) =>
  ({
    terms: { uploadId: 'ID', contentTypes },
    contentType,
    overwrite,
    objectOptions,
  }) as unknown as PreparedUpload;

describe('an upload carries', () => {
  it('its id, an ACL that publishes nothing, and the ban to overwrite', () => {
    expect(pinnedFields(upload())).toEqual({
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
      'x-oss-forbid-overwrite': 'true',
    });
  });

  it('the options of its object, under the names of headers and of form fields', () => {
    const options: AuthorisedOptions = {
      cacheControl: 'no-store',
      contentDisposition: 'attachment',
      contentEncoding: 'gzip',
      storageClass: 'IA',
      serverSideEncryption: 'KMS',
      serverSideEncryptionKeyId: 'key',
      tagging: { kind: 'a b', 'k+=': 'ü/&' },
      metadata: { origin: 'app' },
    };
    expect(pinnedFields(upload([], undefined, true, options))).toEqual({
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
      'Cache-Control': 'no-store',
      'Content-Disposition': 'attachment',
      'Content-Encoding': 'gzip',
      'x-oss-storage-class': 'IA',
      'x-oss-server-side-encryption': 'KMS',
      'x-oss-server-side-encryption-key-id': 'key',
      'x-oss-tagging': 'kind=a%20b&k%2B%3D=%C3%BC%2F%26',
      'x-oss-meta-origin': 'app',
    });
  });

  it('no metadata where the uploader may choose it', () => {
    expect(pinnedFields(upload([], undefined, true, { metadata: 'any' }))).toEqual({
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
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
