import { describe, expect, it } from 'vitest';
import {
  encodePostPolicy,
  evaluatePostPolicy,
  maxSizeOfPolicy,
  type PolicyCondition,
} from './post-policy.js';

const expiresAt = new Date('2030-01-01T00:00:00Z');
const now = new Date('2029-12-31T23:59:59Z');

function judge(
  conditions: readonly PolicyCondition[],
  fields: Record<string, string>,
  sizeBytes = 10,
) {
  return evaluatePostPolicy(encodePostPolicy({ expiresAt, conditions }), {
    bucket: 'photos',
    fields: new Map(Object.entries(fields)),
    sizeBytes,
    now,
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const raw = (text: string) =>
  evaluatePostPolicy(base64(text), { bucket: 'b', fields: new Map(), sizeBytes: 1, now });

describe('encodePostPolicy', () => {
  it('writes the expiration with milliseconds', () => {
    const policy = encodePostPolicy({ expiresAt, conditions: [{ bucket: 'b' }] });
    expect(Buffer.from(policy, 'base64').toString()).toBe(
      '{"expiration":"2030-01-01T00:00:00.000Z","conditions":[{"bucket":"b"}]}',
    );
  });
});

describe('evaluatePostPolicy', () => {
  it('accepts a form that meets every condition, and fields that none names', () => {
    const conditions: PolicyCondition[] = [
      { bucket: 'photos' },
      ['eq', '$success_action_status', '200'],
      ['starts-with', '$Key', 'user/eric/'],
      ['in', '$content-type', ['image/jpg', 'image/png']],
      ['not-in', '$cache-control', ['no-cache']],
      ['content-length-range', 1, 10],
    ];
    const fields = {
      success_action_status: '200',
      key: 'user/eric/a.png',
      'content-type': 'image/png',
      'cache-control': 'no-store',
      callback: 'unnamed, so free',
    };
    expect(judge(conditions, fields)).toEqual({ ok: true });
  });

  it('refuses with the condition that failed', () => {
    const fields = { success_action_status: '201' };
    expect(judge([['eq', '$success_action_status', '200']], fields)).toEqual({
      ok: false,
      status: 403,
      code: 'AccessDenied',
      message:
        'Invalid according to Policy: Policy Condition failed: ["eq", "$success_action_status", "200"]',
      ec: '0006-00000227',
    });
  });

  it.each<[PolicyCondition]>([
    [['eq', '$x-oss-storage-class', '']],
    [['starts-with', '$x-oss-storage-class', '']],
    [['in', '$x-oss-storage-class', ['', 'IA']]],
    [['not-in', '$x-oss-storage-class', ['ColdArchive']]],
  ])('refuses a form without the field that %j names', (condition) => {
    expect(judge([condition], {})).toMatchObject({
      ok: false,
      code: 'AccessDenied',
      ec: '0006-00000226',
    });
  });

  it.each<[string, PolicyCondition, Record<string, string>]>([
    ['another bucket', { bucket: 'other' }, {}],
    ['another callback', { callback: 'e30=' }, { callback: 'e30' }],
    ['a key elsewhere', ['starts-with', '$key', 'user/'], { key: 'usr/' }],
    ['a type not listed', ['in', '$content-type', ['image/png']], { 'content-type': 'image/PNG' }],
    ['no type', ['in', '$content-type', ['image/png']], {}],
    ['a value ruled out', ['not-in', '$x', ['a', 'b']], { x: 'b' }],
  ])('refuses %s', (_what, condition, fields) => {
    expect(judge([condition], fields)).toMatchObject({ ok: false, status: 403 });
  });

  it('takes sizes at the ends of the range and none beyond', () => {
    const range: PolicyCondition[] = [['content-length-range', 2, 4]];
    expect(judge(range, {}, 2).ok).toBe(true);
    expect(judge(range, {}, 4).ok).toBe(true);
    expect(judge(range, {}, 1)).toMatchObject({ status: 400, code: 'EntityTooSmall' });
    expect(judge(range, {}, 5)).toMatchObject({ status: 400, code: 'EntityTooLarge' });
  });

  it('refuses an expired policy', () => {
    const policy = encodePostPolicy({ expiresAt, conditions: [{ bucket: 'b' }] });
    const form = { bucket: 'b', fields: new Map<string, string>(), sizeBytes: 1 };
    expect(evaluatePostPolicy(policy, { ...form, now: expiresAt })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      message: 'Invalid according to Policy: Policy expired.',
    });
  });

  it.each([
    'not json',
    '[]',
    '{"conditions":[{"bucket":"b"}]}',
    '{"expiration":"tomorrow","conditions":[{"bucket":"b"}]}',
    '{"expiration":"2030-01-01T00:00:00.000Z"}',
    '{"expiration":"2030-01-01T00:00:00.000Z","conditions":[]}',
    '{"expiration":"2030-01-01T00:00:00.000Z","conditions":[{"a":"1","b":"2"}]}',
    '{"expiration":"2030-01-01T00:00:00.000Z","conditions":[["like","$key","a"]]}',
    '{"expiration":"2030-01-01T00:00:00.000Z","conditions":[["eq","key","a"]]}',
    '{"expiration":"2030-01-01T00:00:00.000Z","conditions":[["content-length-range","1",2]]}',
  ])('refuses the policy %s', (text) => {
    expect(raw(text)).toMatchObject({ ok: false, status: 400, code: 'InvalidPolicyDocument' });
  });

  it('reads the escape \\$, which JSON does not know', () => {
    const policy = String.raw`{"expiration":"2030-01-01T00:00:00Z","conditions":[["eq","\$bucket","b"]]}`;
    expect(raw(policy)).toEqual({ ok: true });
  });

  it('wants a V4 form to be bound to its credential and date', () => {
    const fields = {
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': 'c',
      'x-oss-date': 'd',
    };
    const conditions = Object.entries(fields).map(([name, value]) => ({ [name]: value }));
    expect(judge(conditions, fields)).toEqual({ ok: true });
    expect(judge(conditions.slice(0, 2), fields)).toMatchObject({
      ok: false,
      message: 'Invalid according to Policy: Policy has no condition on x-oss-date.',
    });
  });
});

describe('maxSizeOfPolicy', () => {
  it('is the smallest upper end', () => {
    const conditions: PolicyCondition[] = [
      ['content-length-range', 0, 9],
      ['content-length-range', 0, 7],
    ];
    expect(maxSizeOfPolicy(encodePostPolicy({ expiresAt, conditions }))).toBe(7);
    expect(maxSizeOfPolicy('e30=')).toBeUndefined();
  });
});
