import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { multipartEtag } from './multipart-etag.js';

it('is the MD5 of the ETags of the parts as text, and their number', () => {
  const abc = createHash('md5').update('abc').digest('hex').toUpperCase();
  expect(multipartEtag([abc])).toBe('1CEB3E00BFA610E1C55453734A5C6B7E-1');
});
