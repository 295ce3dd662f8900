import { describe, expect, it } from 'vitest';
import { OssUpload } from '../database/oss-upload.entity.js';
import { toUploadRow, type UploadReport } from './upload-row.js';

const FACTS = {
  etag: 'E',
  size: 3,
  mimeType: 'text/plain',
  metadata: {},
  type: 'Normal',
};
const outcomes = [
  { state: 'skipped' },
  { state: 'unavailable', reason: 'no answer' },
  { state: 'confirmed', facts: FACTS },
  { state: 'broken', facts: FACTS, problem: 'too large' },
] as unknown as Parameters<typeof toUploadRow>[1][];

const report: UploadReport = {
  identity: 'req:1',
  system: { bucket: 'b', object: 'o' },
  variables: {},
  terms: undefined,
  receivedAt: new Date(),
};

describe('toUploadRow', () => {
  it.each(outcomes)('has a value for every column: $state', (outcome) => {
    const row = toUploadRow(report, outcome, () => ({}) as never);
    expect(Object.keys(row)).toEqual(Object.keys(new OssUpload()));
    expect(Object.entries(row).filter(([, value]) => value === undefined)).toEqual([]);
  });
});
