import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { OssCallbackError } from '../common/errors.js';
import type { PublicPath } from '../options/options.js';
import { checkPublicPath } from '../options/checks/public-path.js';
import { toPublicPath } from './public-path.js';

function publicPathOf(option: PublicPath | undefined, url: string): string {
  const publicPath = checkPublicPath(option);
  if (!publicPath.ok) return expect.fail('the option was refused');
  return toPublicPath({ publicPath: publicPath.value }, url);
}

const add = { addPrefix: '/api' };
const remove = { removePrefix: '/api' };

it.each<[what: string, option: PublicPath | undefined, seen: string, requested: string]>([
  ['no option', undefined, '/oss/callback?a=1', '/oss/callback?a=1'],
  ['a prefix that a proxy removed', add, '/oss/callback', '/api/oss/callback'],
  ['a prefix that a proxy removed, from the root', add, '/', '/api/'],
  ['a prefix that stands there twice', add, '/api/x', '/api/api/x'],
  ['a prefix that a proxy added', remove, '/api/oss/callback', '/oss/callback'],
  ['a prefix that a proxy added to the root', remove, '/api/', '/'],
  ['a prefix that a proxy put in place of the root', remove, '/api', '/'],
  ['a path without that prefix', remove, '/oss/callback', '/oss/callback'],
  ['a path that only looks alike', remove, '/apiary/oss', '/apiary/oss'],
  ['a prefix in the middle', remove, '/oss/api/x', '/oss/api/x'],
  ['a prefix in other letters', remove, '/API/x', '/API/x'],
  ['one prefix for another', { ...add, removePrefix: '/v2' }, '/v2/x', '/api/x'],
  ['a function', (path) => path.replace('/v2', '/v1'), '/v2/x', '/v1/x'],
])('%s', (_what, option, seen, requested) => {
  expect(publicPathOf(option, seen)).toBe(requested);
});

it.each<PublicPath | undefined>([undefined, add, remove, (path) => `/api${path}`])(
  'the query stays byte for byte under %j, and no function sees it',
  (option) => {
    const query = '?a=%2f+%20&a=2&?=/api/&b=?';
    for (const path of ['/', '/api/x', '/oss/callback']) {
      expect(publicPathOf(option, path + query)).toBe(publicPathOf(option, path) + query);
    }
    expect(publicPathOf(option, '/x?')).toBe(`${publicPathOf(option, '/x')}?`);
  },
);

it('what one prefix added, the other takes away', () => {
  const segment = fc.string({ unit: fc.constantFrom('a', 'p', 'i', '%', '2', 'F', '-') });
  fc.assert(
    fc.property(fc.array(segment), (segments) => {
      const path = `/${segments.join('/')}`;
      expect(publicPathOf(remove, publicPathOf(add, path))).toBe(path);
    }),
  );
});

it.each<[gives: string, fn: () => unknown]>([
  ['threw "Error: no way"', throwsAnError],
  ['returned undefined', () => undefined],
  ['returned null', () => null],
  ['returned number', () => 7],
  ['returned a promise', () => Promise.resolve('/x')],
  ['returned ""', () => ''],
  ['returned "oss/callback"', () => 'oss/callback'],
  ['returned "https://a.example/x"', () => 'https://a.example/x'],
  ['returned "/x?a=1"', () => '/x?a=1'],
  ['returned "/x#a"', () => '/x#a'],
  ['returned "/x y"', () => '/x y'],
  ['returned "/x\\ny"', () => '/x\ny'],
])('a function that %s is refused plainly, its words in the log alone', (outcome, fn) => {
  const error = refusalOf(fn as (path: string) => string, '/seen\u202e?a=1');
  expect(error).toBeInstanceOf(OssCallbackError);
  expect(error.getStatus()).toBe(500);
  expect(error.getResponse()).toEqual({
    code: 'INVALID_OPTIONS',
    message: 'The option "publicPath" does not return a path.',
  });
  expect(error.hint).toContain('for "/seen\\u202e" its function ');
  expect(error.hint).toContain(outcome);
});

it.each<unknown>([
  null,
  'api',
  { addPrefix: 'api' },
  { addPrefix: '/' },
  { removePrefix: '/api/' },
  { removePrefix: '/api?a' },
  { addPrefix: 7 },
])('%j is refused when the app starts', (option) => {
  expect(checkPublicPath(option as PublicPath)).toMatchObject({
    ok: false,
    mistakes: [
      {
        option: expect.stringMatching(/^publicPath/),
        problem: expect.stringMatching(/as in|Write/),
      },
    ],
  });
});

function refusalOf(option: PublicPath, url: string): OssCallbackError {
  try {
    publicPathOf(option, url);
  } catch (error) {
    return error as OssCallbackError;
  }
  return expect.fail('it was taken');
}

function throwsAnError(): never {
  throw new Error('no way');
}
