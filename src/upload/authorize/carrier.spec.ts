import { describe, expect, it } from 'vitest';
import type { ObjectOptions } from '../../protocol/object-options.js';
import { type Carrier, pinnedHeaders } from './carrier.js';
import type { CheckedRequest } from './check-upload-request.js';
import { POST_OBJECT } from './post-form.js';
import { PUT_OBJECT } from './presigned-put.js';

function headersOf(
  carrier: Carrier,
  request: Partial<CheckedRequest> = {},
  objectOptions: ObjectOptions = {},
) {
  const checked = { contentTypes: [], overwrite: false, ...request } as unknown as CheckedRequest;
  return pinnedHeaders(carrier, 'ID', checked, objectOptions);
}

describe('an upload carries', () => {
  it('its id, an ACL that publishes nothing, and the ban to overwrite', () => {
    expect(headersOf(POST_OBJECT)).toEqual({
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
      'x-oss-forbid-overwrite': 'true',
    });
  });

  it('the options of its object, under the names of headers and of form fields', () => {
    const options: ObjectOptions = {
      cacheControl: 'no-store',
      contentDisposition: 'attachment',
      contentEncoding: 'gzip',
      storageClass: 'IA',
      serverSideEncryption: 'KMS',
      serverSideEncryptionKeyId: 'key',
      tagging: { kind: 'a b', 'k+=': 'ü/&' },
      metadata: { origin: 'app' },
    };
    expect(headersOf(POST_OBJECT, { overwrite: true }, options)).toEqual({
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
    expect(headersOf(POST_OBJECT, { overwrite: true }, { metadata: 'any' })).toEqual({
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
    });
  });

  it('no ban where it may overwrite; a PUT its type', () => {
    expect(headersOf(PUT_OBJECT, { overwrite: true, contentType: 'image/png' })).toEqual({
      'content-type': 'image/png',
      'x-oss-meta-upload-id': 'ID',
      'x-oss-object-acl': 'default',
    });
  });
});

it('whose client signs its requests itself is asked for its id, and for no ACL', () => {
  const sdk = { ...POST_OBJECT, pinsUploadId: false, pinsAcl: false };
  expect(headersOf(sdk)).toEqual({
    'x-oss-meta-upload-id': 'ID',
    'x-oss-forbid-overwrite': 'true',
  });
});

describe('a PUT is signed for one type:', () => {
  it('any, where the request names none', () => {
    expect(headersOf(PUT_OBJECT)['content-type']).toBe('application/octet-stream');
  });

  it.each([[['image/*']], [['image/png', 'image/gif']]])('not for %j', (contentTypes) => {
    expect(() => headersOf(PUT_OBJECT, { contentTypes })).toThrow(
      expect.objectContaining({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringContaining(contentTypes.join(', ')),
      }),
    );
  });
});
