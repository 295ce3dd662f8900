import { describe, expect, it } from 'vitest';
import { SilentBuckets } from './silent-buckets.js';

const asked = (bucket: string, object: string, isAnswered?: boolean) => ({
  upload: { uploadId: object, bucket, object, outcome: 'pending' as const },
  isAnswered,
});
const inVain = (...objects: string[]) => objects.map((object) => asked('b', object, false));

describe('SilentBuckets', () => {
  it('takes three objects in vain', () => {
    const silent = new SilentBuckets();
    silent.hear(inVain('1', '2'));
    expect(silent.names).toEqual([]);
    silent.hear(inVain('3'));
    expect(silent.names).toEqual(['b']);
  });

  it('does not take one object again and again', () => {
    const silent = new SilentBuckets();
    for (let count = 0; count < 5; count += 1) silent.hear(inVain('1', '1'));
    expect(silent.names).toEqual([]);
  });

  it('hears an answer about any object, in whatever order answers came', () => {
    const silent = new SilentBuckets();
    silent.hear([...inVain('1', '2'), asked('b', '3', true), ...inVain('4')]);
    silent.hear(inVain('5', '6'));
    expect(silent.names).toEqual([]);
    silent.hear(inVain('7'));
    expect(silent.names).toEqual(['b']);
  });

  it('knows one bucket from another, and nothing of what was not asked for', () => {
    const silent = new SilentBuckets();
    silent.hear([...inVain('1', '2', '3'), asked('c', '1', false), asked('d', '1')]);
    expect(silent.names).toEqual(['b']);
  });
});
