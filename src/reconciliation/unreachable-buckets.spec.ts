import { describe, expect, it } from 'vitest';
import { UnreachableBuckets } from './unreachable-buckets.js';

const asked = (bucket: string, object: string, isAnswered?: boolean) => ({
  upload: { uploadId: object, bucket, object, outcome: 'pending' as const },
  isAnswered,
});
const inVain = (...objects: string[]) => objects.map((object) => asked('b', object, false));

function unreachableAfter(...uploads: ReturnType<typeof asked>[]): string[] {
  const buckets = new UnreachableBuckets();
  for (const upload of uploads) buckets.note(upload);
  return buckets.names;
}

describe('UnreachableBuckets', () => {
  it('takes three objects in vain', () => {
    expect(unreachableAfter(...inVain('1', '2'))).toEqual([]);
    expect(unreachableAfter(...inVain('1', '2', '3'))).toEqual(['b']);
  });

  it('does not take one object again and again', () => {
    expect(unreachableAfter(...inVain('1', '1', '1', '1'))).toEqual([]);
  });

  it('begins anew with an answer about any object', () => {
    const answered = [...inVain('1', '2', '3'), asked('b', '4', true), ...inVain('5', '6')];
    expect(unreachableAfter(...answered)).toEqual([]);
    expect(unreachableAfter(...answered, ...inVain('7'))).toEqual(['b']);
  });

  it('tells buckets apart, and learns nothing from uploads that were not asked for', () => {
    expect(
      unreachableAfter(...inVain('1', '2', '3'), asked('c', '1', false), asked('d', '1')),
    ).toEqual(['b']);
  });
});
