import { describe, expect, it } from 'vitest';
import { CliProblem } from '../cli-command.js';
import { readCaptures } from './read-captures.js';

const HEAD = ['POST /oss/callback?a=1 HTTP/1.1', 'Host: a.example', 'Content-Length: 8'];
const BODY = 'a=1&b=%2';

function read(text: string | Buffer) {
  return readCaptures(Buffer.from(text));
}

function raw(body = BODY, lineEnd = '\r\n', head = HEAD): string {
  return `${head.join(lineEnd)}${lineEnd}${lineEnd}${body}`;
}

describe('a raw request', () => {
  it('is read byte for byte', () => {
    expect(read(raw())).toEqual([
      {
        method: 'POST',
        url: '/oss/callback?a=1',
        rawHeaders: ['Host', 'a.example', 'Content-Length', '8'],
        body: Buffer.from(BODY),
        notes: [],
      },
    ]);
    const bytes = Buffer.from([0, 255, 10, 13, 10, 13, 10, 7]);
    const [request] = read(Buffer.concat([Buffer.from(raw('')), bytes]));
    expect(request?.body).toEqual(bytes);
  });

  it.each([
    ['of HTTP/1.0', raw().replace('/1.1', '/1.0')],
    ['without a version', raw().replace(' HTTP/1.1', '')],
    ['after empty lines', `\r\n\n${raw()}`],
    ['after a byte order mark', `\ufeff${raw()}`],
  ])('%s', (_what, text) => {
    expect(read(text)).toMatchObject([{ url: '/oss/callback?a=1', body: Buffer.from(BODY) }]);
  });

  it.each([
    [
      'a body that is too short',
      raw('a=1'),
      'a=1',
      /3 bytes, but Content-Length is 8: the capture is incomplete/,
    ],
    [
      'a line end behind the body',
      raw(`${BODY}\n`),
      BODY,
      /9 bytes, .* is 8: the line end after the body was left out/,
    ],
    ['more behind the body', raw(`${BODY}POST /`), BODY, /14 bytes, .* what follows the body was/],
    [
      'no Content-Length',
      raw(BODY, '\r\n', HEAD.slice(0, 2)),
      BODY,
      /8 bytes, and the request has no Content-Length/,
    ],
    ['LF line ends', raw(BODY, '\n'), BODY, /LF line ends/],
    [
      'a line that is no header',
      raw(BODY, '\r\n', [...HEAD, 'odd']),
      BODY,
      /"odd" is not a header/,
    ],
    [
      'chunks',
      raw('3\r\na=1\r\n5;x=1\r\n&b=%2\r\n0\r\n\r\n', '\r\n', [
        HEAD[0]!,
        'Transfer-Encoding: chunked',
      ]),
      BODY,
      /chunked, which OSS never does/,
    ],
    [
      'broken chunks',
      raw('3\r\na=1\r\nffff\r\n&b', '\r\n', [HEAD[0]!, 'Transfer-Encoding: chunked']),
      'a=1',
      /are incomplete/,
    ],
  ])('with %s says so', (_what, text, body, note) => {
    const [request] = read(text);
    expect(request?.body.toString()).toBe(body);
    expect(request?.notes.join('\n')).toMatch(note);
  });

  it('keeps headers that appear twice, and values with colons', () => {
    const [request] = read(raw('', '\n', [HEAD[0]!, 'A: 1:2', 'a:  3 ', 'B:']));
    expect(request?.rawHeaders).toEqual(['A', '1:2', 'a', '3', 'B', '']);
  });

  it('without an empty line has no body', () => {
    expect(read(HEAD.join('\n'))).toMatchObject([{ url: '/oss/callback?a=1', body: Buffer.of() }]);
  });
});

describe('a request as JSON', () => {
  it.each([
    ['with a text body', { url: '/x', body: 'a=文' }, 'a=文'],
    ['with a body in base64', { url: '/x', bodyBase64: 'YT0x' }, 'a=1'],
  ])('%s', (_what, entry, body) => {
    const [request] = read(JSON.stringify(entry));
    expect(request).toEqual({
      method: 'POST',
      url: '/x',
      rawHeaders: [],
      body: Buffer.from(body),
      notes: [],
    });
  });

  it('has its signature among the headers, or beside them', () => {
    const entry = { method: 'PUT', url: '/x', body: '', authorization: 'A', xOssPubKeyUrl: 'K' };
    expect(read(JSON.stringify({ ...entry, headers: { 'X-A': ['1', '2'], n: 7 } }))).toMatchObject([
      {
        method: 'PUT',
        rawHeaders: [
          'X-A',
          '1',
          'X-A',
          '2',
          'n',
          '7',
          'authorization',
          'A',
          'x-oss-pub-key-url',
          'K',
        ],
      },
    ]);
    expect(read(JSON.stringify({ ...entry, headers: { Authorization: 'B' } }))).toMatchObject([
      { rawHeaders: ['Authorization', 'B', 'x-oss-pub-key-url', 'K'] },
    ]);
  });

  it('in a list has its id, or its number', () => {
    const list = [
      { id: 'first', url: '/', body: '' },
      { url: '/', body: '' },
    ];
    expect(read(` \n${JSON.stringify(list)}`).map(({ id }) => id)).toEqual(['first', '#2']);
  });

  it('says where Content-Length is another', () => {
    const entry = { url: '/', body: '文', headers: { 'Content-Length': '1' } };
    expect(read(JSON.stringify(entry))).toMatchObject([
      { notes: ['The body has 3 bytes, but Content-Length is 1.'] },
    ]);
  });
});

it.each([
  ['', /empty/],
  [' \r\n', /empty/],
  ['hello', /does not begin with a request line.*"hello"/],
  ['MIT License\n\nCopyright', /does not begin with a request line/],
  ['HTTP/1.1 200 OK\r\n\r\n', /request line/],
  ['{', /not valid JSON/],
  ['[]', /empty list/],
  ['[1]', /not an object/],
  ['{"body":""}', /no "url"/],
  ['{"url":7,"body":""}', /no "url"/],
  ['{"url":"/"}', /neither "body" nor/],
  ['{"url":"/","body":{"a":1}}', /parsed "body"/],
  ['{"url":"/","bodyBase64":"?"}', /not base64/],
  ['{"url":"/","body":"","headers":[]}', /"headers"/],
  ['[{"url":"/","body":""},null]', /Entry 2 of the capture is not an object/],
])('%j is no capture', (text, problem) => {
  expect(() => read(text)).toThrow(CliProblem);
  expect(() => read(text)).toThrow(problem);
});
