import { describe, expect, it } from 'vitest';
import { parseCallbackUrl } from './callback-url.js';

describe('parseCallbackUrl', () => {
  it.each([
    ['https://api.example.com/oss/callback?a=1', 'https:', 'api.example.com', 443, '/oss/callback?a=1'],
    ['http://api.example.com', 'http:', 'api.example.com', 80, '/'],
    ['HTTPS://api.example.com/', 'https:', 'api.example.com', 443, '/'],
    ['api.example.com?a=1', 'http:', 'api.example.com', 80, '/?a=1'],
    ['121.43.113.8:23456/index.html', 'http:', '121.43.113.8', 23456, '/index.html'],
    ['http://localhost:3000/a', 'http:', 'localhost', 3000, '/a'],
    ['http://[::1]:65535/a', 'http:', '[::1]', 65535, '/a'],
    // a URL parser would rewrite each of these, and OSS signs what was written
    ['http://a.example/b/../c/./%2e//d', 'http:', 'a.example', 80, '/b/../c/./%2e//d'],
    ['http://a.example/%E6%96%87+%20?x=%zz', 'http:', 'a.example', 80, '/%E6%96%87+%20?x=%zz'],
    ["http://a.example/'\\|", 'http:', 'a.example', 80, "/'\\|"],
  ])('takes %s apart without a change', (url, protocol, hostname, port, path) => {
    expect(parseCallbackUrl(url)).toEqual({ protocol, hostname, port, path });
  }); // prettier-ignore

  it.each([
    '',
    'my',
    'http://',
    'http:///path',
    'http://my/path',
    'ftp://a.example/',
    'http://a.example:port/',
    'http://a.example:0/',
    'http://a.example:65536/',
    'http://a.example:/',
    'http://user@a.example/',
    'http://a.example/#x',
    'http://a.example/a b',
    'http://a.example/a\n',
    'http://[a.example/',
  ])('refuses %j', (url) => expect(parseCallbackUrl(url)).toBeUndefined());
});
