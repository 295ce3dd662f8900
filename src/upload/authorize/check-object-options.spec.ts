import { describe, expect, it } from 'vitest';
import type { ObjectOptions } from '../../protocol/object-options.js';
import { checkObjectOptions } from './check-object-options.js';

describe('checkObjectOptions', () => {
  it('gives nothing where nothing is asked for', () => {
    expect(checkObjectOptions({ cacheControl: undefined, tagging: {}, metadata: {} })).toEqual({});
  });

  it('takes everything that can be asked for', () => {
    const options: ObjectOptions = {
      cacheControl: 'private, max-age=0',
      contentDisposition: `attachment; filename*=UTF-8''%E6%96%87.pdf`,
      contentEncoding: 'gzip',
      storageClass: 'DeepColdArchive',
      serverSideEncryption: 'KMS',
      serverSideEncryptionKeyId: '9468da86-3509-4f8d-a61e-6eab1eac****',
      tagging: { 'Kind of/file:1': 'a+b-c=d._', 空: '' },
      metadata: { 'original-name': 'a b' },
    };
    expect(checkObjectOptions(options)).toEqual(options);
  });

  it('writes names of metadata as OSS does, and leaves metadata to the uploader where that is asked for', () => {
    expect(checkObjectOptions({ metadata: { Origin: 'App' } })).toEqual({
      metadata: { origin: 'App' },
    });
    expect(checkObjectOptions({ metadata: 'any' })).toEqual({ metadata: 'any' });
  });

  const tags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));

  it.each<[string, ObjectOptions]>([
    ['cacheControl', { cacheControl: '' }],
    ['cacheControl', { cacheControl: ' private' }],
    ['cacheControl', { cacheControl: 'a\r\nx-oss-object-acl: public-read' }],
    ['cacheControl', { cacheControl: 'x'.repeat(1_025) }],
    ['cacheControl', { cacheControl: 1 as unknown as string }],
    ['contentDisposition', { contentDisposition: 'attachment; filename="文.pdf"' }],
    ['contentEncoding', { contentEncoding: 'gzip ' }],
    ['storageClass', { storageClass: 'standard' as 'Standard' }],
    ['storageClass', { storageClass: 'Glacier' as 'Standard' }],
    ['serverSideEncryption', { serverSideEncryption: 'RC4' as 'AES256' }],
    ['serverSideEncryptionKeyId', { serverSideEncryptionKeyId: 'key' }],
    ['serverSideEncryptionKeyId', { serverSideEncryption: 'AES256', serverSideEncryptionKeyId: 'key' }],
    ['tagging', { tagging: tags(11) }],
    ['tagging', { tagging: { '': 'a' } }],
    ['tagging', { tagging: { ['k'.repeat(129)]: 'a' } }],
    ['tagging', { tagging: { a: 'v'.repeat(257) } }],
    ['tagging', { tagging: { 'a&b': '1' } }],
    ['tagging', { tagging: { a: 'b\n' } }],
    ['tagging', { tagging: { a: 1 as unknown as string } }],
    ['metadata', { metadata: { 'upload-id': 'mine' } }],
    ['metadata', { metadata: { 'Upload-Id': 'mine' } }],
    ['metadata', { metadata: { a_b: '1' } }],
    ['metadata', { metadata: { '': '1' } }],
    ['metadata', { metadata: { a: '1', A: '2' } }],
    ['metadata', { metadata: { a: '' } }],
    ['metadata', { metadata: { a: '文' } }],
    ['metadata', { metadata: { a: 1 as unknown as string } }],
    ['metadata', { metadata: { a: 'x'.repeat(8_000) } }],
    ['metadata', { metadata: 'all' as 'any' }],
  ])('refuses, and names "%s": %j', (field, options) => {
    expect(() => checkObjectOptions(options)).toThrow(
      expect.objectContaining({
        code: 'INVALID_UPLOAD_REQUEST',
        message: expect.stringMatching(new RegExp(`^The upload's "${field}" `)),
      }),
    );
  }); // prettier-ignore
});
