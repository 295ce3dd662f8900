import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.js';
import { findWildcard, isAllowed, parseAccessPolicy, policyForObject } from './access-policy.js';

const PUT = 'oss:PutObject';

describe('a policy for one object', () => {
  it('allows nothing else, whatever the names are', () => {
    const name = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.stringMatching(/^[a-c./+|()[\]^$\\-]{1,6}$/),
      fc.string({ minLength: 1, unit: anyCharacter }),
    );
    fc.assert(
      fc.property(name, name, (object, other) => {
        fc.pre(findWildcard(object) === undefined);
        const policy = parseAccessPolicy(JSON.stringify(policyForObject('photos', object, [PUT])))!;
        expect(isAllowed(policy, PUT, { bucket: 'photos', object })).toBe(true);
        expect(isAllowed(policy, PUT, { bucket: 'photos', object: other })).toBe(other === object);
        expect(isAllowed(policy, PUT, { bucket: 'videos', object })).toBe(false);
        expect(isAllowed(policy, 'oss:GetObject', { bucket: 'photos', object })).toBe(false);
      }),
    );
  });

  it.each([
    ['a*b', '*'],
    ['a?b', '?'],
    ['${oss:Prefix}/a', '${'],
    ['$a{b}', undefined],
    ['a/b c.txt', undefined],
  ])('cannot be written for %s as it is', (object, wildcard) => {
    expect(findWildcard(object)).toBe(wildcard);
  });
});

describe('a policy', () => {
  const statement = { Effect: 'Allow', Action: 'oss:*', Resource: 'acs:oss:*:*:photos/*' };
  const of = (...statements: object[]) =>
    parseAccessPolicy(JSON.stringify({ Version: '1', Statement: statements }));

  it('that denies outdoes one that allows', () => {
    const policy = of(statement, { ...statement, Effect: 'Deny', Resource: '*' })!;
    expect(isAllowed(policy, PUT, { bucket: 'photos', object: 'a' })).toBe(false);
    expect(isAllowed(of(statement)!, PUT, { bucket: 'photos', object: 'a' })).toBe(true);
  });

  it.each([
    [],
    [{ ...statement, Effect: 'Maybe' }],
    [{ ...statement, Action: undefined }],
    [{ ...statement, Resource: [5] }],
    [{ ...statement, Condition: {} }],
    [null as never],
  ])('of %j is none', (...statements) => {
    expect(of(...statements)).toBeUndefined();
  });

  it.each(['', 'null', '[]', '{"Version":"2","Statement":[]}'])(
    'of the text %s is none',
    (text) => {
      expect(parseAccessPolicy(text)).toBeUndefined();
    },
  );
});
