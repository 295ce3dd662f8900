import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ObjectOptions, optionHeaders, textsOfHeaders } from '../protocol/object-options.js';
import { archiveClassToExplain, findForeignOption, toOptionTerms } from './option-terms.js';

const OWN = 'x-oss-meta-upload-id';

/** What HeadObject answers with for an object with these headers. */
function shown(sent: Record<string, string>) {
  const { 'x-oss-tagging': tagging, ...headers } = sent;
  const tags =
    tagging === undefined ? {} : { 'x-oss-tagging-count': String(tagging.split('&').length) };
  const lower = Object.entries({
    [OWN]: 'ID',
    'x-oss-storage-class': 'Standard',
    ...headers,
    ...tags,
  });
  return textsOfHeaders(
    Object.fromEntries(lower.map(([name, value]) => [name.toLowerCase(), value])),
    OWN,
  );
}

const find = (
  authorised: ObjectOptions,
  sent: Record<string, string>,
  hidden: Parameters<typeof findForeignOption>[1]['hidden'] = [],
) => findForeignOption(toOptionTerms(authorised), { texts: shown(sent), hidden });

const header = fc.stringMatching(/^[!-~]([ -~]{0,8}[!-~])?$/);
const tag = fc.stringMatching(/^[a-z +=:/]{1,6}$/);
const options: fc.Arbitrary<ObjectOptions> = fc.record(
  {
    cacheControl: header,
    contentDisposition: header,
    contentEncoding: header,
    storageClass: fc.constantFrom('Standard', 'IA', 'ColdArchive'),
    serverSideEncryption: fc.constantFrom('AES256', 'KMS', 'SM4'),
    serverSideEncryptionKeyId: header,
    tagging: fc.dictionary(tag, tag, { minKeys: 1, maxKeys: 3 }),
    metadata: fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,4}$/), header, { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);

describe('an object', () => {
  it('has the options that it was given, whatever they are', () => {
    fc.assert(
      fc.property(options, (given) => {
        expect(find(given, optionHeaders(given))).toBeUndefined();
      }),
    );
  });

  it('does not have those of another upload', () => {
    fc.assert(
      fc.property(options, options, (given, other) => {
        const sent = optionHeaders(other);
        const relevant = Object.entries(sent).filter(
          ([name]) => !/storage-class|encryption/.test(name) || name in optionHeaders(given),
        );
        const wanted = optionHeaders(given);
        const tags = (headers: Record<string, string>) =>
          headers['x-oss-tagging']?.split('&').length;
        const isSame =
          relevant.every(([name, value]) =>
            name === 'x-oss-tagging' ? tags(sent) === tags(wanted) : wanted[name] === value,
          ) && Object.keys(wanted).every((name) => name in sent || wanted[name] === 'Standard');
        expect(find(given, sent) === undefined).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[what: string, given: ObjectOptions, sent: Record<string, string>, problem: string]>([
    ['another class', { storageClass: 'IA' }, { 'x-oss-storage-class': 'ColdArchive' }, 'x-oss-storage-class is "ColdArchive"; the authorisation specified another'],
    ['another encryption', { serverSideEncryption: 'KMS' }, { 'x-oss-server-side-encryption': 'AES256' }, 'x-oss-server-side-encryption is "AES256"'],
    ['no encryption', { serverSideEncryption: 'KMS' }, {}, 'x-oss-server-side-encryption is missing; the authorisation specified another'],
    ['another key', { serverSideEncryption: 'KMS', serverSideEncryptionKeyId: 'a' }, { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'b' }, 'x-oss-server-side-encryption-key-id is "b"'],
    ['a cache control that was not authorised', {}, { 'Cache-Control': 'max-age=1' }, 'Cache-Control is "max-age=1"; the authorisation specified none'],
    ['a file name', {}, { 'Content-Disposition': 'inline' }, 'Content-Disposition is "inline"'],
    ['an encoding', {}, { 'Content-Encoding': 'gzip' }, 'Content-Encoding is "gzip"'],
    ['a language', {}, { 'Content-Language': 'de' }, 'Content-Language is "de"'],
    ['an expiry', {}, { Expires: '0' }, 'Expires is "0"'],
    ['a tag', {}, { 'x-oss-tagging': 'a=b' }, 'x-oss-tagging-count is "1"; the authorisation specified none'],
    ['a tag more', { tagging: { a: 'b' } }, { 'x-oss-tagging': 'a=b&c=d' }, 'x-oss-tagging-count is "2"'],
    ['no tag', { tagging: { a: 'b' } }, {}, 'x-oss-tagging-count is missing'],
    ['metadata', {}, { 'x-oss-meta-role': 'admin' }, 'x-oss-meta-* is "[[\\"role\\",\\"admin\\"]]"'],
    ['metadata besides', { metadata: { a: '1' } }, { 'x-oss-meta-a': '1', 'x-oss-meta-b': '' }, 'x-oss-meta-* is'],
    ['other metadata', { metadata: { a: '1' } }, { 'x-oss-meta-a': '2' }, 'x-oss-meta-* is'],
  ])('with %s is not as it was authorised', (_what, given, sent, problem) => {
    expect(find(given, sent)).toContain(`the object's ${problem}`);
  }); // prettier-ignore

  it.each<[what: string, given: ObjectOptions, sent: Record<string, string>]>([
    ['the bucket’s own class', {}, { 'x-oss-storage-class': 'IA' }],
    ['the bucket’s own encryption', {}, { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'k' }],
    ['the Cache-Control of a browser whose cache is disabled', {}, { 'Cache-Control': 'no-cache' }],
    ['metadata that it may choose', { metadata: 'any' }, { 'x-oss-meta-name': 'a' }],
  ])('may have %s', (_what, given, sent) => {
    expect(find(given, sent)).toBeUndefined();
  }); // prettier-ignore

  it('is not blamed for what an answer does not show as it is stored', () => {
    const sent = { 'Content-Disposition': 'attachment', 'Cache-Control': 'max-age=60' };
    expect(
      find({ contentDisposition: 'inline' }, sent, ['contentDisposition', 'cacheControl']),
    ).toBeUndefined();
  });
});

it.each<[ObjectOptions, string, string | undefined]>([
  [{}, 'Standard', undefined],
  [{}, 'IA', undefined],
  [{}, 'Archive', 'Archive'],
  [{}, 'ColdArchive', 'ColdArchive'],
  [{}, 'NewArchive', 'NewArchive'],
  [{ storageClass: 'ColdArchive' }, 'ColdArchive', undefined],
])(
  'an object of an upload with %j in the class %s: to explain is %s',
  (given, storageClass, archive) => {
    const found = { texts: { storageClass }, hidden: [] };
    expect(archiveClassToExplain(toOptionTerms(given), found)).toBe(archive);
  },
);
