import { describe, expect, it } from 'vitest';
import { messageOf, nameAndMessageOf, reasonOf } from './error-text.js';

const coded = (message: string, code: string) => Object.assign(new Error(message), { code });

it('an error has its message, with its name where that is asked for', () => {
  const error = new TypeError('no', { cause: new Error('why') });
  expect([messageOf(error), nameAndMessageOf(error)]).toEqual(['no', 'TypeError: no']);
});

describe.each([messageOf, nameAndMessageOf, reasonOf])('%o', (toText) => {
  it.each<[unknown, string]>([
    ['text', 'text'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [Object.create(null), 'object'],
    [{ toString: () => ({}) }, 'object'],
  ])('has a text for %o, which is no error', (thrown, text) => {
    expect(toText(thrown)).toBe(text);
  });
});

describe('a reason', () => {
  it.each<[unknown, string]>([
    [coded('socket hang up', 'ECONNRESET'), 'socket hang up (ECONNRESET)'],
    [coded('connect ECONNREFUSED ::1:1', 'ECONNREFUSED'), 'connect ECONNREFUSED ::1:1'],
    [coded('', 'ETIMEDOUT'), '(ETIMEDOUT)'],
    [new Error('outer', { cause: coded('inner', 'EPIPE') }), 'outer (inner (EPIPE))'],
    [new Error('wraps inner', { cause: new Error('inner') }), 'wraps inner'],
    [new AggregateError([new Error('one'), coded('two', 'E')]), 'one; two (E)'],
    [AbortSignal.abort().reason, 'This operation was aborted'],
  ])('of %o is %s', (thrown, text) => {
    expect(reasonOf(thrown)).toBe(text);
  });

  it('ends, also of an error that is its own cause', () => {
    const error = new Error('one');
    error.cause = new AggregateError([error, new Error('two', { cause: error })]);
    expect(reasonOf(error)).toBe('one (one; two (one))');
  });
});
