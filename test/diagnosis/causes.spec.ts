import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeDiagnosis } from '../../src/callback/diagnosis/signature-diagnosis-text.js';
import { createTestKeyPair } from '../../src/testing/index.js';
import {
  type Arrived,
  diagnose,
  FORM,
  JSON_BODY,
  publicKey as ownKey,
  type Requested,
} from './spoiled-callback.js';

const PATH = '/oss/callback';

type Case = [
  what: string,
  requested: Requested | string,
  /** A path and query alone, or all that is changed. */
  arrived: Arrived | string,
  code: string,
  says: string | string[],
];
/** Of causes that have one code. */
type CaseOfCode = [what: Case[0], requested: Case[1], arrived: Case[2], says: Case[4]];

function expectCause([, requested, arrived, code, says]: Case): void {
  const request = typeof requested === 'string' ? { url: requested } : requested;
  const diagnosis = diagnose(
    request,
    typeof arrived === 'string' ? { received: arrived } : arrived,
  );
  if (diagnosis.found !== 'request') expect.fail(describeDiagnosis(diagnosis).text);
  expect(diagnosis.causes.map((cause) => cause.code)).toEqual(code.split('+'));
  expect(diagnosis.url).toBe(request.url);
  expect(diagnosis.body.toString()).toBe(request.body ?? FORM);
  const { text } = describeDiagnosis(diagnosis);
  for (const words of [says].flat()) expect(text).toContain(words);
}

const NGINX = 'nginx: "proxy_pass" without a URI';
const addApi = "publicPath: { addPrefix: '/api' }";

describe('a path that a proxy changed is explained, with the setting that fixes it:', () => {
  it.each<Case>([
    ['a prefix removed', `/api${PATH}`, PATH, 'prefix-removed', [addApi, NGINX]],
    ['a prefix removed to the root', '/api/', '/', 'prefix-removed', addApi],
    [
      'a prefix removed that X-Forwarded-Prefix names',
      `/edge/eu${PATH}?a=1`,
      { received: `${PATH}?a=1`, headers: { 'x-forwarded-prefix': '/edge/eu/' } },
      'prefix-removed',
      "publicPath: { addPrefix: '/edge/eu' }",
    ],
    ...['x-original-uri', 'x-original-url', 'x-rewrite-url', 'x-envoy-original-path'].map(
      (name): Case => [
        `a prefix removed, the path in ${name}`,
        `/shop/7${PATH}`,
        { received: PATH, headers: { [name]: `/shop/7${PATH}` } },
        'prefix-removed',
        "publicPath: { addPrefix: '/shop/7' }",
      ],
    ),
    [
      'a prefix removed, the complete URL in a header',
      `/shop/7${PATH}?a=1`,
      {
        received: `${PATH}?a=1`,
        headers: { 'x-original-url': `https://api.example.com/shop/7${PATH}` },
      },
      'prefix-removed',
      "publicPath: { addPrefix: '/shop/7' }",
    ],
    [
      'a prefix removed that the configured callback URL has',
      `/mall/v3${PATH}`,
      { received: PATH, callbackUrls: [`https://api.example.com/mall/v3${PATH}`] },
      'prefix-removed',
      "publicPath: { addPrefix: '/mall/v3' }",
    ],
    [
      'a prefix added',
      PATH,
      `/internal${PATH}`,
      'prefix-added',
      ["publicPath: { removePrefix: '/internal' }", NGINX],
    ],
    [
      'two segments added',
      PATH,
      `/svc/uploads${PATH}`,
      'prefix-added',
      "publicPath: { removePrefix: '/svc/uploads' }",
    ],
    [
      'a prefix added to the root',
      '/',
      '/internal/',
      'prefix-added',
      "publicPath: { removePrefix: '/internal' }",
    ],
    [
      'a prefix replaced',
      `/public${PATH}`,
      { received: `/internal${PATH}`, headers: { 'x-original-uri': `/public${PATH}` } },
      'prefix-replaced',
      "publicPath: { removePrefix: '/internal', addPrefix: '/public' }",
    ],
    [
      'a publicPath that is not needed',
      PATH,
      { checked: `/api${PATH}` },
      'public-path-wrong',
      'Remove publicPath',
    ],
    [
      'a publicPath that is another',
      `/api${PATH}`,
      { received: PATH, checked: `/apis${PATH}` },
      'prefix-removed',
      `${addApi} in place of the present one`,
    ],
    [
      'a path that is another altogether',
      '/hooks/42',
      { received: PATH, headers: { 'x-original-uri': '/hooks/42' } },
      'path-rewritten',
      'Set publicPath to a function',
    ],
    [
      'a slash removed at the end',
      `${PATH}/`,
      PATH,
      'slash-removed',
      'publicPath: (path) => `${path}/`',
    ],
    [
      'a slash added at the end',
      `${PATH}?a=1`,
      `${PATH}/?a=1`,
      'slash-added',
      "publicPath: (path) => path.replace(/\\/$/, '')",
    ],
    ['repeated slashes merged', `/${PATH}`, PATH, 'slashes-merged', 'nginx: "merge_slashes off"'],
    [
      'letters changed',
      '/OSS/Callback',
      { received: PATH, callbackUrls: ['/OSS/Callback'] },
      'letter-case-changed',
      'callback URL',
    ],
    [
      'a path decoded',
      '/oss/%25E6%2596%2587',
      '/oss/%E6%96%87',
      'path-encoding-changed',
      'a proxy decoded it. Let the proxy forward the path unchanged',
    ],
    [
      'a path decoded to bytes',
      '/oss/文',
      Buffer.from('/oss/文').toString('latin1'),
      'path-encoding-changed',
      NGINX,
    ],
    ['a path encoded once more', '/oss/a%20b', '/oss/a%2520b', 'path-encoding-changed', NGINX],
    [
      'a complete URL in the request line',
      `${PATH}?a=1`,
      `http://app:3000${PATH}?a=1`,
      'absolute-form',
      'origin-form',
    ],
  ])('%s', (...given) => expectCause(given));

  it('an escape in other letters, or where none is needed, does not spoil a signature at all', () => {
    for (const received of ['/oss/%c3%a9', '/%6Fss/%C3%A9']) {
      expect(diagnose({ url: '/oss/%C3%A9' }, { received, checked: '/x' })).toMatchObject({
        found: 'request',
        url: received,
      });
    }
  });
});

describe('a query that a proxy changed is explained:', () => {
  it.each<CaseOfCode>([
    [
      'lost, as the configured URL has it',
      `${PATH}?tenant=7`,
      { received: PATH, callbackUrls: [`${PATH}?tenant=7`] },
      ['"?tenant=7": a proxy dropped it', '$is_args$args'],
    ],
    [
      'lost, as a header has it',
      `${PATH}?tenant=7`,
      { received: PATH, headers: { 'x-original-uri': `${PATH}?tenant=7` } },
      'a proxy dropped it',
    ],
    ['added', PATH, `${PATH}?trace=1`, 'a proxy added "?trace=1"'],
    ['reordered', `${PATH}?b=1&a=2`, `${PATH}?a=2&b=1`, 'a proxy reordered it'],
    ['reordered, of three', `${PATH}?c=3&a=2&b=1`, `${PATH}?a=2&b=1&c=3`, 'a proxy reordered it'],
    [
      'reordered, of many, as the configured URL has it',
      `${PATH}?d=1&b=2&a=3&c=4`,
      { received: `${PATH}?a=3&b=2&c=4&d=1`, callbackUrls: [`${PATH}?d=1&b=2&a=3&c=4`] },
      'a proxy reordered it',
    ],
    ...[
      ['a plus for a space', '?a=b%20c', '?a=b+c'],
      ['a space for a plus', '?a=b+c', '?a=b%20c'],
      ['lower-case escapes', '?a=%2Fb', '?a=%2fb'],
      ['upper-case escapes', '?a=%2fb', '?a=%2Fb'],
      ['encoded', '?to=/b:c', '?to=%2Fb%3Ac'],
      ['decoded', '?to=%2Fb%3Ac', '?to=/b:c'],
    ].map(([what, signed, arrived]): CaseOfCode => [
      what!,
      PATH + signed,
      PATH + arrived,
      `rewrote it as "${arrived}"`,
    ]),
  ])('%s', (what, requested, arrived, says) =>
    expectCause([what, requested, arrived, 'query-changed', says]),
  );

  it('lost along with a prefix', () =>
    expectCause([
      'lost along with a prefix',
      `/api${PATH}?tenant=7`,
      { received: PATH, headers: { 'x-original-uri': `/api${PATH}?tenant=7` } },
      'prefix-removed+query-changed',
      [addApi, '"?tenant=7": a proxy dropped it'],
    ]));
});

const json = (body: string): Requested => ({ url: PATH, body });
const PRETTY = JSON_BODY.replace('{', '{\n  ').replaceAll(',"', ',\n  "').replaceAll('":', '": ');

describe.each([
  ['with Content-MD5', false],
  ['without Content-MD5', true],
])('a body that was parsed and written again is explained, %s:', (_what, withoutMd5) => {
  it.each<CaseOfCode>([
    ...[
      ['a form with + for a space', FORM.replace('%20', '+')],
      ['a form written by URLSearchParams', String(new URLSearchParams(FORM))],
      ['a form with lower-case escapes', FORM.replaceAll(/%../g, (text) => text.toLowerCase())],
    ].map(([what, body]): CaseOfCode => [
      what!,
      PATH,
      { body },
      ['the form was parsed and written again', "forward the body's bytes"],
    ]),
    [
      'a form whose + became an escape',
      { url: PATH, body: 'object=a+b&size=1' },
      { body: 'object=a%20b&size=1' },
      ['the form was parsed and written again', "forward the body's bytes"],
    ],
    [
      'JSON made small',
      json(JSON_BODY.replaceAll(',"', ', "').replaceAll('":', '": ')),
      { body: JSON_BODY },
      'the JSON was parsed and written again',
    ],
    [
      'JSON made pretty',
      json(JSON_BODY),
      { body: PRETTY.replace(/\}$/, '\n}') },
      'the JSON was parsed and written again',
    ],
    [
      'JSON with escaped slashes and characters',
      json(JSON_BODY),
      { body: JSON_BODY.replace('/', '\\/').replace('文', '\\u6587') },
      'the JSON was parsed and written again with other spaces or escapes',
    ],
    [
      'a form made JSON',
      json('object=a%20b%2Fc&size=5'),
      { body: '{"object":"a b/c","size":"5"}' },
      'written again as JSON',
    ],
    ['base64', PATH, { body: Buffer.from(FORM).toString('base64') }, 'it was encoded as base64'],
    ['a line feed added', PATH, { body: `${FORM}\n` }, 'a line end or a byte order mark was added'],
    ['CR and LF added', PATH, { body: `${FORM}\r\n` }, 'a line end or a byte order mark was added'],
    ['a byte order mark added', PATH, { body: `\ufeff${FORM}` }, 'a byte order mark was added'],
    ['a line feed lost', json(`${FORM}\n`), { body: FORM }, 'the line end at its end was removed'],
    [
      'line ends made those of Windows',
      json(`{\n"size":1\n}`),
      { body: `{\r\n"size":1\r\n}` },
      'its line ends were changed',
    ],
    [
      'UTF-8 read as Latin-1',
      json('name=é'),
      { body: Buffer.from(Buffer.from('name=é').toString('latin1')) },
      'character set',
    ],
  ])('%s', (what, requested, arrived, says) =>
    expectCause([what, requested, { ...(arrived as Arrived), withoutMd5 }, 'body-changed', says]),
  );
});

it('path, query and body that changed together are explained where Content-MD5 tells the body', () => {
  expectCause([
    'all',
    `/api${PATH}?b=1&a=2`,
    {
      received: `${PATH}?a=2&b=1`,
      headers: { 'x-original-uri': `/api${PATH}?b=1&a=2` },
      body: `${FORM}\n`,
    },
    'prefix-removed+query-changed+body-changed',
    [addApi, 'a line end'],
  ]);
});

describe('what no setting can fix is said, too:', () => {
  it('another known key made the signature', () => {
    const publicKey = createPublicKey(createTestKeyPair().publicKey);
    const otherKeys = new Map([['the local OSS', ownKey]]);
    const diagnosis = diagnose({ url: PATH }, { publicKey, otherKeys });
    expect(diagnosis).toEqual({ found: 'key', key: 'the local OSS', variantsTried: 0 });
    expect(describeDiagnosis(diagnosis).text).toContain('"the local OSS" did');
    expect(describeDiagnosis(diagnosis).text).toContain('the option "localOss"');
  });

  it('no known key made the signature', () => {
    const publicKey = createPublicKey(createTestKeyPair().publicKey);
    const diagnosis = diagnose({ url: PATH }, { publicKey });
    expect(diagnosis).toEqual({ found: 'no-key', variantsTried: 0 });
    expect(describeDiagnosis(diagnosis).text).toContain('forged, truncated, or made with');
  });

  it.each([
    ['the body is as OSS sent it', { received: '/x', checked: '/x' }, 'as-sent', 'look at path'],
    ['the body was changed', { body: 'size=6' }, 'altered', 'the body was changed in transit'],
    ['unknown', { body: 'size=6', withoutMd5: true }, 'unknown', 'byte for byte'],
  ])('another request was signed: %s', (_what, arrived, bodyArrival, says) => {
    const diagnosis = diagnose({ url: '/an/unknown/path' }, { received: PATH, ...arrived });
    expect(diagnosis).toMatchObject({ found: 'nothing', bodyArrival });
    expect(describeDiagnosis(diagnosis).text).toContain('OSS made this signature, but for another');
    expect(describeDiagnosis(diagnosis).text).toContain(says);
  });
});
