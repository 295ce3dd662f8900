import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { urlQuery, urlWithoutQuery } from '../../../test/support/url-parts.js';
import {
  type CallbackParameter,
  decodeCallback,
  encodeCallback,
  MAX_CALLBACK_BASE64_BYTES,
} from './callback-parameter.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const parameter = { callbackUrl: 'http://a.example/cb', callbackBody: 'a=${object}' };
const encoded = (changes: object = {}) => base64(JSON.stringify({ ...parameter, ...changes }));
const read = { urls: ['http://a.example/cb'], body: 'a=${object}' };

describe('encodeCallback', () => {
  it('writes the texts that OSS takes', () => {
    const { callback, callbackVar } = encodeCallback(
      {
        urls: ['https://a.example/cb', 'https://b.example/cb'],
        host: 'a.example',
        body: '{"o":${object}}',
        bodyType: 'application/json',
        sni: true,
      },
      { 'x:user_id': '1' },
    );
    expect(Buffer.from(callback, 'base64').toString()).toBe(
      '{"callbackUrl":"https://a.example/cb;https://b.example/cb","callbackHost":"a.example","callbackBody":"{\\"o\\":${object}}","callbackBodyType":"application/json","callbackSNI":true}',
    );
    expect(Buffer.from(callbackVar!, 'base64').toString()).toBe('{"x:user_id":"1"}');
  });

  it('leaves out what is not set', () => {
    const { callback, callbackVar } = encodeCallback({ urls: ['a.example'], body: 'a' });
    expect(Buffer.from(callback, 'base64').toString()).toBe(
      '{"callbackUrl":"a.example","callbackBody":"a"}',
    );
    expect(callbackVar).toBeUndefined();
  });

  it('is undone by decodeCallback', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const any: fc.Arbitrary<CallbackParameter> = fc.record(
      {
        urls: fc.array(
          fc
            .tuple(urlWithoutQuery, urlQuery)
            .map(([url, query]) => `${url}?${query}`)
            .filter((url) => !url.includes(';')),
          { minLength: 1, maxLength: 5 },
        ),
        body: text.filter((body) => !body.includes('$')).map((body) => `${body}\${x:a}`),
        host: fc.domain(),
        bodyType: fc.constantFrom('application/x-www-form-urlencoded', 'application/json'),
        sni: fc.boolean(),
      },
      { requiredKeys: ['urls', 'body'] },
    );
    const variables = fc.dictionary(
      text.map((name) => `x:${name.toLowerCase()}`).filter((name) => name === name.toLowerCase()),
      text,
      { maxKeys: 4, noNullPrototype: true },
    );
    fc.assert(
      fc.property(any, variables, (given, vars) => {
        const { callback, callbackVar } = encodeCallback(given, vars);
        if (Math.max(callback.length, callbackVar?.length ?? 0) > MAX_CALLBACK_BASE64_BYTES) return;
        expect(decodeCallback(callback, callbackVar)).toEqual({
          ok: true,
          parameter: given,
          variables: vars,
        });
      }),
    );
  });
});

describe('decodeCallback refuses, in the words of OSS,', () => {
  it.each<[string, string, string, string]>([
    ['what is longer than 5 KB', 'A'.repeat(5121), 'The length of callback exceed max value.', '01'],
    ['what is no base64', 'a b', 'The callback configuration is not base64 encoded.', '02'],
    ['nothing', ' ', 'The callback configuration is not base64 encoded.', '02'],
    ['JSON itself', JSON.stringify(parameter), 'The callback configuration is not base64 encoded.', '02'],
    ['base64 of no JSON', base64('a'), 'The callback configuration is not json format.', '03'],
    ['a list', base64('[]'), 'The callback configuration is not json format.', '03'],
    ['null', base64('null'), 'The callback configuration is not json format.', '03'],
    ['inner quotes without escape', base64('{"callbackBody":"{"a":1}"}'), 'The callback configuration is not json format.', '03'],
    ['no URL', encoded({ callbackUrl: undefined }), 'The callback url configuration is invalid.', '04'],
    ['an empty URL', encoded({ callbackUrl: '' }), 'The callback url configuration is invalid.', '04'],
    ['a URL "my"', encoded({ callbackUrl: 'my' }), 'The callback url configuration is invalid.', '04'],
    ['a port of letters', encoded({ callbackUrl: 'http://a.example:x' }), 'The callback url configuration is invalid.', '04'],
    ['one bad URL of several', encoded({ callbackUrl: 'a.example;my' }), 'The callback url configuration is invalid.', '04'],
    ['a URL that is no text', encoded({ callbackUrl: 1 }), 'The callback url configuration is invalid.', '04'],
    ['six URLs', encoded({ callbackUrl: Array(6).fill('a.example').join(';') }), 'The number of callback url exceed max value.', '05'],
    ['a bad host', encoded({ callbackHost: 'a.example/x' }), 'The callback host configuration is invalid.', '09'],
    ['a $(placeholder)', encoded({ callbackBody: 'a=$(object)' }), 'The callback body is invalid.', '10'],
    ['an open placeholder', encoded({ callbackBody: 'a=${object' }), 'The callback body is invalid.', '10'],
    ['a body that is no text', encoded({ callbackBody: { a: 1 } }), 'The callback body is invalid.', '10'],
    ['no body', encoded({ callbackBody: undefined }), 'The callback body is empty.', '11'],
    ['an empty body', encoded({ callbackBody: '' }), 'The callback body is empty.', '11'],
    ['a type that is no text', encoded({ callbackBodyType: 1 }), 'The callback body type configuration is invalid.', '12'],
    ['an unknown type', encoded({ callbackBodyType: 'text/xml' }), 'The body type of callback is not supported.', '13'],
  ])('%s', (_what, callback, message, ec) => {
    expect(decodeCallback(callback)).toMatchObject({
      ok: false,
      argument: 'callback',
      message,
      ec: `0007-000000${ec}`,
    });
  }); // prettier-ignore

  it.each<[string, string, string, string | undefined]>([
    ['longer than 5 KB', 'A'.repeat(5121), 'The length of callback var exceed max value.', '0007-00000101'],
    ['no base64', '{}', 'The callback var is not base64 encoded.', '0007-00000102'],
    ['no JSON', base64('x:a=1'), 'The callback var is not expecten json.', undefined],
    ['a list', base64('["x:a"]'), 'The callback var is not expecten json.', undefined],
    ['a name with a capital', base64('{"x:A":"1"}'), 'The callback var is not expecten json.', undefined],
    ['a nested value', base64('{"x:a":{}}'), 'The callback var is not expecten json.', undefined],
    ['no value', base64('{"x:a":null}'), 'The callback var is not expecten json.', undefined],
  ])('variables that are %s', (_what, callbackVar, message, ec) => {
    const refused = decodeCallback(encoded(), callbackVar);
    expect(refused).toMatchObject({ ok: false, argument: 'callback-var', message });
    expect('ec' in refused ? refused.ec : undefined).toBe(ec);
  }); // prettier-ignore

  it('with the text that it could not take', () => {
    expect(decodeCallback(encoded({ callbackUrl: 'my' }))).toMatchObject({
      value: '{"callbackUrl":"my","callbackBody":"a=${object}"}',
    });
  });
});

describe('decodeCallback takes what SDKs send:', () => {
  it.each<[string, string, object]>([
    ['a line feed after the base64', `${encoded()}\n`, {}],
    ['a space after it', `${encoded()} `, {}],
    ['no padding', encoded().replace(/=+$/, ''), {}],
    ['escaped slashes', base64(JSON.stringify(parameter).replaceAll('/', '\\/')), {}],
    ['escaped ampersands', base64('{"callbackUrl":"a.example","callbackBody":"a=1\\u0026b=2"}'), { urls: ['a.example'], body: 'a=1&b=2' }],
    ['indents', base64(`${JSON.stringify(parameter, null, 2)}\n`), {}],
    ['unknown members', encoded({ callbackType: 'x' }), {}],
    ['an empty host and type', encoded({ callbackHost: '', callbackBodyType: '' }), {}],
    ['spaces around URLs', encoded({ callbackUrl: 'a.example ; b.example' }), { urls: ['a.example', 'b.example'] }],
    ['SNI as a word', encoded({ callbackSNI: 'true' }), {}],
    ['SNI', encoded({ callbackSNI: false }), { sni: false }],
    ['a member __proto__', base64(JSON.stringify(parameter).replace('{', '{"__proto__":{"callbackHost":"/"},')), {}],
  ])('%s', (_what, callback, changes) => {
    const decoded = decodeCallback(callback);
    expect(decoded).toEqual({ ok: true, parameter: { ...read, ...changes }, variables: {} });
  }); // prettier-ignore

  it('numbers and booleans as variables', () => {
    const decoded = decodeCallback(encoded(), base64('{"x:a":1,"x:b":true,"x:键值1":"文"}'));
    expect(decoded).toMatchObject({ variables: { 'x:a': '1', 'x:b': 'true', 'x:键值1': '文' } });
  });

  it('variables without x:, which are left out', () => {
    const decoded = decodeCallback(
      encoded(),
      base64('{"a":"1","__proto__":{},"X:b":"2","x:c":"3"}'),
    );
    expect(decoded).toMatchObject({ ok: true, variables: { 'x:c': '3' } });
    expect(Object.keys(decoded.ok ? decoded.variables : {})).toEqual(['x:c']);
  });

  it('a text of exactly 5 KB', () => {
    const padded = encoded({ callbackBody: 'a'.repeat(3759) });
    const length = MAX_CALLBACK_BASE64_BYTES - padded.length;
    const full = encoded({ callbackBody: 'a'.repeat(3759 + Math.floor((length * 3) / 4)) });
    expect(full.length).toBe(MAX_CALLBACK_BASE64_BYTES);
    expect(decodeCallback(full).ok).toBe(true);
  });

  it('and answers whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json().map(base64)),
        fc.option(fc.oneof(fc.string(), fc.json().map(base64)), { nil: undefined }),
        (callback, callbackVar) => {
          expect(typeof decodeCallback(callback, callbackVar).ok).toBe('boolean');
        },
      ),
    );
  });
});
