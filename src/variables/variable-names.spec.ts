import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYSTEM_VARIABLE_NAMES } from '../protocol/callback/system-variables.js';
import {
  SYSTEM_VARIABLE_ALIASES,
  SYSTEM_VARIABLE_PROPERTIES,
  toPropertyName,
  toVariableName,
} from './variable-names.js';

describe('the name of a variable', () => {
  it.each([
    ['userId', 'x:user_id'],
    ['a', 'x:a'],
    ['page2Of10', 'x:page2_of10'],
    ['userID', 'x:user_i_d'],
    ['constructor', 'x:constructor'],
  ])('%s travels as %s', (property, name) => expect(toVariableName(property)).toBe(name));

  it.each([
    '',
    'UserId',
    'user_id',
    'user-id',
    '1st',
    'x:a',
    'é',
    '用户',
    'a b',
    'a$',
    '__proto__',
  ])('%j cannot be sent', (property) => expect(toVariableName(property)).toBeUndefined());

  it('comes back as the property that it was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,20}$/), (property) => {
        const name = toVariableName(property)!;
        expect(name).toMatch(/^x:[a-z0-9_]+$/);
        expect(toPropertyName(name)).toBe(property);
      }),
    );
  });

  it('is as OSS wants it, or there is none', () => {
    fc.assert(
      fc.property(fc.string(), (property) => {
        const name = toVariableName(property);
        expect(name ?? 'x:').toBe((name ?? 'x:').toLowerCase());
        if (name !== undefined) expect(toPropertyName(name)).toBe(property);
      }),
    );
  });
});

describe('the property of a variable', () => {
  it.each([
    ['x:user_id', 'userId'],
    ['user_id', 'userId'],
    ['x:User_Id', 'User_Id'],
    ['x:键值1', '键值1'],
    ['x:__proto__', '__proto__'],
    ['x:user__id', 'user__id'],
    ['x:_id', '_id'],
    ['x:a_1', 'a_1'],
    ['x:x:a', 'x:a'],
    ['x:', ''],
  ])('of %s is %s', (name, property) => expect(toPropertyName(name)).toBe(property));
});

it('each system variable has a place of its own, and each alias means one of them', () => {
  const properties = Object.values(SYSTEM_VARIABLE_PROPERTIES);
  expect(Object.keys(SYSTEM_VARIABLE_PROPERTIES)).toEqual([...SYSTEM_VARIABLE_NAMES]);
  expect(new Set(properties).size).toBe(properties.length);
  for (const name of SYSTEM_VARIABLE_ALIASES.values()) {
    expect(SYSTEM_VARIABLE_NAMES).toContain(name);
  }
});
