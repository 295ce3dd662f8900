import { Logger } from '@nestjs/common';
import { afterEach, expect, it, vi } from 'vitest';
import { OssCallbackError } from '../../common/errors.js';
import { logText } from '../../common/log-text.js';
import { logRefusal } from './log-refusal.js';

afterEach(() => {
  vi.restoreAllMocks();
});

it('writes at most 60 lines a minute for requests that are refused alike', () => {
  const lines: unknown[] = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void lines.push(line));
  const hint = logText`of no client`;
  const refusal = new OssCallbackError('KEY_NOT_TRUSTED', 'The key is not trusted.', { hint });
  for (let asked = 0; asked < 100; asked += 1) logRefusal(refusal);
  expect(lines).toHaveLength(60);
});
