import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitTarget } from './request-target.js';

it.each([
  ['/a', '/a', ''],
  ['/a?', '/a', '?'],
  ['/a?b?c#d', '/a', '?b?c#d'],
  ['https://a.example/b?c', 'https://a.example/b', '?c'],
  ['', '', ''],
])('%j is %j and %j', (target, path, query) => {
  expect(splitTarget(target)).toEqual({ path, query });
});

it('leaves out nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('/', '?', 'a') }), (target) => {
      const { path, query } = splitTarget(target);
      expect(path + query).toBe(target);
      expect(path).not.toContain('?');
    }),
  );
});
