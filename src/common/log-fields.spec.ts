import { ConsoleLogger } from '@nestjs/common';
import { afterEach, expect, it } from 'vitest';
import { withFields } from './log-fields.js';

const prototype = ConsoleLogger.prototype as unknown as Record<string, unknown>;
const { stringifyParams } = prototype;
afterEach(() => {
  prototype.stringifyParams = stringifyParams;
});

it('are an object behind the message, without what is not known', () => {
  const fields = { uploadId: '1', requestId: null, unsignedRequestId: undefined, count: 0 };
  expect(withFields('line', fields)).toEqual(['line', { uploadId: '1', count: 0 }]);
  expect(withFields('line', { uploadId: undefined })).toEqual(['line']);
});

it('stand in the message where the logger would make a line of its own of an object', () => {
  delete prototype.stringifyParams;
  expect(withFields('line', { uploadId: '1', requestId: "it's" })).toEqual([
    `line { uploadId: '1', requestId: "it's" }`,
  ]);
});

it('hold values of requests cut, and without what cannot be seen', () => {
  const [, fields] = withFields('line', { unsignedRequestId: `\n\u202e${'x'.repeat(300)}` });
  expect(fields).toEqual({ unsignedRequestId: `\\u000a\\u202e${'x'.repeat(198)}…` });
});
