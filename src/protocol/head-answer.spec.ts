import { describe, expect, it } from 'vitest';
import { isAboutObject, isUploadedType } from './head-answer.js';

describe('isAboutObject', () => {
  it.each([
    [{ status: 404 }, true],
    [{ status: 404, code: 'SymlinkTargetNotExist', ec: '0026-00000012' }, true],
    [{ status: 400, code: 'InvalidTargetType' }, true],
    [{ status: 416 }, true],
    [{ status: 404, code: 'NoSuchBucket' }, false],
    [{ status: 404, ec: '0015-00000101' }, false],
    [{ status: 400, code: 'InvalidArgument', ec: '0002-00000228' }, false],
    [{ status: 400, ec: '0002-00000228' }, false],
    [{ status: 403, code: 'AccessDenied' }, false],
    [{ status: 429 }, false],
    [{ status: 500 }, false],
    [{ status: 301 }, false],
  ])('of %j: %s', (refusal, expected) => {
    expect(isAboutObject(refusal)).toBe(expected);
  });
});

describe('isUploadedType', () => {
  it.each([
    ['Normal', true],
    ['Multipart', true],
    ['Symlink', false],
    ['Appendable', false],
    ['', false],
  ])('%s: %s', (type, expected) => {
    expect(isUploadedType(type)).toBe(expected);
  });
});
