import { HttpException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  invalidOption,
  invalidOptions,
  OSS_CALLBACK_ERROR_STATUS,
  OssCallbackError,
  type OssCallbackErrorCode,
} from './errors.js';
import { logText } from './log-text.js';

const codes = Object.keys(OSS_CALLBACK_ERROR_STATUS) as OssCallbackErrorCode[];

describe('OssCallbackError', () => {
  it.each(codes)('%s is answered with its code and message, and nothing else', (code) => {
    const error = new OssCallbackError(code, 'What happened.', {
      hint: logText`a secret`,
      details: { etag: 'A' },
      cause: new Error('why'),
    });
    expect(error).toBeInstanceOf(HttpException);
    expect(error.getStatus()).toBe(OSS_CALLBACK_ERROR_STATUS[code]);
    expect(error.getResponse()).toEqual({ code, message: 'What happened.' });
    expect(error).toMatchObject({
      name: 'OssCallbackError',
      code,
      message: 'What happened.',
      hint: 'a secret',
      details: { etag: 'A' },
      cause: new Error('why'),
    });
  });

  it('has no details and no hint where none were given', () => {
    const error = new OssCallbackError('INTERNAL', 'x');
    expect(error.details).toEqual({});
    expect(error.hint).toBeUndefined();
  });

  it.each([400, 401, 429, 503, 599])('may take the status %i of the host', (status) => {
    expect(new OssCallbackError('REFUSED_BY_APP', 'x', { status }).getStatus()).toBe(status);
  });

  it.each([0, 42, 200, 204, 302, 399, 600, 1000, NaN, 404.5, '403' as unknown as number])(
    'never takes %s: a refusal is a refusal, and Node can send it',
    (status) => {
      expect(new OssCallbackError('REFUSED_BY_APP', 'x', { status }).getStatus()).toBe(500);
    },
  );
});

it('every code is a refusal', () => {
  for (const status of Object.values(OSS_CALLBACK_ERROR_STATUS)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  }
});

it('an error about an option names it', () => {
  expect(invalidOption('publicUrl', 'is missing.')).toMatchObject({
    code: 'INVALID_OPTIONS',
    message: 'OssCallbackModule: option "publicUrl" is missing.',
  });
});

it('several mistakes are one error, with a line for each', () => {
  expect(invalidOptions(['one is wrong.', 'another is missing.'])).toMatchObject({
    code: 'INVALID_OPTIONS',
    message:
      'OssCallbackModule: 2 mistakes in its configuration:\n- one is wrong.\n- another is missing.',
  });
});
