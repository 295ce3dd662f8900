// @ts-expect-error -- there are no types for this part of the package
import * as aliOssCallback from 'ali-oss/lib/common/callback.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallbackParameter,
  decodeCallback,
  encodeCallback,
} from '../../protocol/callback/callback-parameter.js';
import { anyCharacter } from '../../../test/support/any-character.js';
import { urlQuery, urlWithoutQuery } from '../../../test/support/url-parts.js';
import { type BuilderCallback, type JavaCallback, toSdkCallback } from './sdk-callback.js';

const formsOf = (callbackParameter: CallbackParameter, callbackVariables = {}) =>
  toSdkCallback({
    callbackParameter,
    callbackVariables,
    callback: encodeCallback(callbackParameter, callbackVariables),
  });

const text = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.string({ minLength: 1, unit: anyCharacter }),
  fc.constantFrom('a"b\\c', '{"size":${size}}', 'filename=${object}', '中文 \n\u2028', '$&$1'),
);
const body = text.filter((body) => !/\$[{(]/.test(body) || body.includes('${size}'));
const url = fc
  .tuple(urlWithoutQuery, fc.option(urlQuery))
  .map(([url, query]) => (query === null ? url : `${url}?${query}`))
  .filter((url) => !url.includes(';'));
const parameter: fc.Arbitrary<CallbackParameter> = fc.record(
  {
    urls: fc.array(url, { minLength: 1, maxLength: 5 }),
    body,
    host: fc.constantFrom('api.example.com', 'api.example.com:8080'),
    bodyType: fc.constantFrom('application/json', 'application/x-www-form-urlencoded'),
    sni: fc.boolean(),
  },
  { requiredKeys: ['urls', 'body'] },
);
const variables = fc.dictionary(fc.stringMatching(/^x:[a-z][a-z0-9_]{0,9}$/), text, {
  maxKeys: 3,
  noNullPrototype: true,
});

/** A parameter as OSS reads it: a missing body type is a form, missing SNI is none. */
function meaning(callback: string, callbackVar?: string) {
  const decoded = decodeCallback(callback, callbackVar);
  if (!decoded.ok) throw new Error(`${decoded.argument}: ${decoded.message}`);
  const { bodyType = 'application/x-www-form-urlencoded', sni = false } = decoded.parameter;
  return { ...decoded.parameter, bodyType, sni, variables: decoded.variables };
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

// The JSON that helpers of other languages write, by concatenation, as their sources do.
const writers = {
  java: (java: JavaCallback) =>
    [
      `{"callbackUrl":"${java.callbackUrl}"` +
        (java.callbackHost ? `,"callbackHost":"${java.callbackHost}"` : '') +
        `,"callbackBody":"${java.callbackBody}"` +
        `,"callbackBodyType":"${java.calbackBodyType === 'JSON' ? 'application/json' : 'application/x-www-form-urlencoded'}"` +
        (java.callbackSNI === undefined ? '' : `,"callbackSNI":${java.callbackSNI}`) +
        '}',
      java.callbackVar,
    ] as const,
  builder: (builder: BuilderCallback) =>
    [
      `{"callbackUrl":"${builder.url}"` +
        (builder.host ? `,"callbackHost":"${builder.host}"` : '') +
        `,"callbackBody":"${builder.body}"` +
        (builder.bodyType === 'Json' ? `,"callbackBodyType":"application/json"` : '') +
        '}',
      builder.variables,
    ] as const,
};

function written([callback, variables]: readonly [string, Record<string, string>]) {
  const pairs = Object.entries(variables).map(([name, value]) => `"${name}":"${value}" `);
  expect(callback + pairs.join()).toMatch(/^[\u0020-\u007e]*$/);
  return meaning(base64(callback), pairs.length > 0 ? base64(`{${pairs.join(',')}}`) : undefined);
}

describe('a callback', () => {
  it('says the same to OSS in every form', () => {
    let carried = 0;
    fc.assert(
      fc.property(parameter, variables, (parameter, variables) => {
        const encoded = encodeCallback(parameter, variables);
        const short = decodeCallback(encoded.callback, encoded.callbackVar).ok;
        fc.pre(short); // longer ones are refused before
        const meant = meaning(encoded.callback, encoded.callbackVar);
        const sdk = formsOf(parameter, variables);
        expect(meaning(sdk.headers['x-oss-callback'], sdk.headers['x-oss-callback-var'])).toEqual(
          meant,
        );
        expect(meaning(sdk.query.callback, sdk.query['callback-var'])).toEqual(meant);
        expect(sdk.form).toEqual({ callback: encoded.callback, ...variables });
        const { json } = sdk;
        expect(meaning(base64(json.callback), json.callbackVar && base64(json.callbackVar))) //
          .toEqual(meant);
        expect(written(writers.java(sdk.java))).toEqual(meant);
        expect(sdk.csharp === undefined).toBe(parameter.sni === true);
        expect(sdk.cpp).toEqual(sdk.csharp);
        if (sdk.csharp) expect(written(writers.builder(sdk.csharp))).toEqual(meant);
        if (sdk.aliOss) {
          carried += 1;
          const request: { headers: Record<string, string> } = { headers: {} };
          aliOssCallback.encodeCallback(request, { callback: sdk.aliOss });
          const { headers } = request;
          expect(meaning(headers['x-oss-callback']!, headers['x-oss-callback-var'])).toEqual(meant);
        }
      }),
      { numRuns: 300 },
    );
    expect(carried).toBeGreaterThan(50);
  });

  it.each([
    ['https://api.example.com/oss?a=1&b=c/d', 'https://api.example.com/oss?a=1&b=c/d'],
    ['https://api.example.com/%E4%B8%AD%20?a=%22', 'https://api.example.com/中 ?a="'],
    ['https://api.example.com/oss?next=%2Fhome', undefined],
    ['https://api.example.com/oss?next=%2fhome', undefined],
    ['https://api.example.com/%e4%b8%ad', undefined], // it would come back in upper case
    ['https://api.example.com/100%', undefined],
    [
      'https://a.example.com/;https://b.example.com/',
      'https://a.example.com/;https://b.example.com/',
    ],
  ])('to %s is given to ali-oss as %s', (url, given) => {
    const { aliOss } = formsOf({ urls: url.split(';'), body: 'a=1' });
    expect(aliOss?.url).toBe(given);
  });

  it.each([
    ['http://a.example.com/oss', { url: 'http://a.example.com/oss' }],
    [
      'http://a.example.com/oss?a=b+c&d=%2F',
      { url: 'http://a.example.com/oss', query: { a: 'b c', d: '/' } },
    ],
    ['http://a.example.com/oss?a=b%20c', undefined],
    ['http://a.example.com/oss?a', undefined],
    ['http://a.example.com/oss?', undefined],
    ['http://a.example.com/oss?a=1&a=2', undefined],
    ['a.example.com/oss', undefined],
    ['http://a.example.com/;http://b.example.com/', undefined],
  ])('to %s is given to Ruby as %j', (url, given) => {
    const { ruby } = formsOf({ urls: url.split(';'), body: 'a=1' });
    const form = { body: 'a=1', content_type: 'application/x-www-form-urlencoded' };
    expect(ruby).toEqual(given && { ...form, ...given });
  });

  it('with SNI is given to no helper that cannot say it', () => {
    const parameter = { urls: ['https://a.example.com/oss'], body: 'a=1', sni: true };
    const forms = formsOf(parameter);
    expect(Object.keys(forms)).toEqual(['headers', 'query', 'form', 'json', 'java', 'aliOss']);
    expect(forms.aliOss).toMatchObject({ callbackSNI: true });
    expect(forms.java).toMatchObject({ callbackSNI: true });
  });
});
