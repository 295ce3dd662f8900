import { expect, it } from 'vitest';
import { UploadProgressMeter } from './upload-parts.js';

it('adds up the parts, and never goes backwards when one is sent again', () => {
  const seen: number[] = [];
  const progress = new UploadProgressMeter(30, ({ sentBytes, totalBytes }) => {
    expect(totalBytes).toBe(30);
    seen.push(sentBytes);
  });
  progress.report(1, 5);
  progress.report(2, 8);
  progress.report(2, 3); // again from its start
  progress.report(2, 8);
  progress.report(2, 10);
  progress.report(1, 20);
  expect(seen).toEqual([5, 13, 15, 30]);
});
