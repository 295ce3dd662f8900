import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OssCallbackError } from '../../common/errors.js';
import { logText } from '../../common/log-text.js';
import { RefusalLog } from './refusal-log.js';

const invalid = new OssCallbackError('SIGNATURE_INVALID', 'The signature is not valid.');
const cause = new Error('cause');
const internal = new OssCallbackError('INTERNAL', 'The callback could not be handled.', { cause });

describe('RefusalLog', () => {
  let warnings: unknown[];
  let errors: unknown[][];
  let log: RefusalLog;

  beforeEach(() => {
    vi.useFakeTimers();
    warnings = [];
    errors = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void warnings.push(line));
    vi.spyOn(Logger.prototype, 'error').mockImplementation((...args) => void errors.push(args));
    log = new RefusalLog();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  const add = (count: number, signed: boolean, refusal = invalid) => {
    for (let index = 0; index < count; index += 1)
      log.add(refusal, signed, () => logText`no. ${index}`);
  };

  it('writes 20 lines of a code for what OSS did not sign, then counts for a minute', () => {
    add(1_254, false);
    expect(warnings).toHaveLength(20);
    expect([warnings[0], warnings[19]]).toEqual([
      'SIGNATURE_INVALID no. 0',
      'SIGNATURE_INVALID no. 19',
    ]);
    vi.advanceTimersByTime(60_000);
    expect(warnings.slice(20)).toEqual([
      '1,234 more refusals of SIGNATURE_INVALID in the last minute; the table of rejections counts them',
    ]);
    add(1, false);
    expect(warnings).toHaveLength(22);
  });

  it('writes what OSS signed, whatever else comes, up to 600 lines a minute', () => {
    add(10_000, false);
    add(700, true);
    expect(warnings).toHaveLength(620);
    log.flush();
    expect(warnings[620]).toMatch(/^10,080 more refusals of SIGNATURE_INVALID/);
  });

  it('limits errors likewise, which come with their stack', () => {
    add(21, false, internal);
    expect(errors).toHaveLength(20);
    expect(errors[0]).toEqual(['INTERNAL no. 0', { code: 'INTERNAL' }, cause.stack]);
    log.flush();
    expect(warnings).toEqual([expect.stringMatching(/^1 more refusal of INTERNAL in/)]);
  });
});
