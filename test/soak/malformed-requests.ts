export interface MalformedRequest {
  kind: string;
  bytes: Buffer;
}

const CRLF = '\r\n';

/** A request as no client sends it; which one, the numbers decide. */
export function malformedRequest(random: () => number): MalformedRequest {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const number = (max: number) => Math.floor(random() * max);
  const noise = (size: number) => Buffer.from(Array.from({ length: size }, () => number(256)));
  const text = (size: number) => noise(size).toString('hex').slice(0, size);
  const request = (
    method: string,
    target: string,
    headers: readonly string[],
    body: Buffer | string = '',
  ) =>
    Buffer.concat([
      Buffer.from(
        [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join(CRLF),
        'latin1',
      ),
      Buffer.from(body),
    ]);
  const length = (body: Buffer | string) => `Content-Length: ${Buffer.byteLength(body)}`;
  const target = () =>
    pick([
      '/photos/a',
      '/photos/',
      '/',
      '/photos/a?uploads',
      '/photos/a?uploadId=1',
      '/_simulator/faults',
    ]);

  const form = () => {
    const lines = [
      '--b',
      'Content-Disposition: form-data; name="key"',
      '',
      pick(['a', '../../a', '', '${filename}', '\u0000']),
      '--b',
      `Content-Disposition: form-data; name="${text(number(40))}"`,
      '',
      text(number(200)),
      '--b',
      `Content-Disposition: form-data; name="callback"`,
      '',
      text(20),
      '--b',
      'Content-Disposition: form-data; name="file"; filename="../../../x"',
      'Content-Type: a/b',
      '',
      text(500),
      '--b--',
      '',
    ];
    const whole = Buffer.from(lines.join(CRLF));
    const broken = Buffer.from(whole);
    for (let flips = number(6); flips > 0; flips -= 1)
      broken[number(broken.byteLength)] = number(256);
    return pick([
      broken,
      whole.subarray(0, number(whole.byteLength)),
      Buffer.concat([whole, whole]),
    ]);
  };

  const kinds: Record<string, () => Buffer> = {
    'random bytes': () => noise(1 + number(400)),
    'a random request line': () =>
      request(text(number(20)), pick([text(30), '', ' ', '*', '/ /']), []),
    'a broken form': () => {
      const body = form();
      const type = pick([
        'multipart/form-data; boundary=b',
        'multipart/form-data',
        'multipart/form-data; boundary=',
        'text/plain',
      ]);
      return request('POST', '/photos/', [`Content-Type: ${type}`, length(body)], body);
    },
    'a huge header': () =>
      request('PUT', target(), [`x-oss-meta-a: ${'a'.repeat(60_000 + number(20_000))}`]),
    'many headers': () =>
      request(
        'PUT',
        target(),
        Array.from({ length: 1_000 + number(1_500) }, (_, index) => `x-${index}: ${index}`),
      ),
    'a wrong length': () => {
      const value = pick(['5', '-1', '1e3', '99999999999999999999', '0x5', '', '5, 6', ' 3 4']);
      return request(
        pick(['PUT', 'POST']),
        target(),
        [`Content-Length: ${value}`],
        text(number(20)),
      );
    },
    'broken chunks': () => {
      const body = pick([
        'zz\r\nabc',
        '5\r\nabc',
        'ffffffffffffffffff\r\na',
        '3;\u0000\r\nabc\r\n',
        '-1\r\n',
        text(50),
      ]);
      return request(
        'PUT',
        target(),
        ['Transfer-Encoding: chunked', ...(random() < 0.3 ? ['Content-Length: 3'] : [])],
        body,
      );
    },
    'a path that leads out': () => {
      const step = pick([
        '..',
        '%2e%2e',
        '..%2f',
        '..\\',
        '%2e%2e%5c',
        '%c0%ae%c0%ae',
        '....//',
        '%00',
        '%2f',
      ]);
      const path = `/photos/${Array.from({ length: 1 + number(8) }, () => step).join('/')}/${pick(['etc/passwd', 'canary', 'a', ''])}`;
      return request(
        pick(['PUT', 'GET', 'DELETE']),
        pick([path, `http://x${path}`, `/${path}`]),
        [length('abc')],
        'abc',
      );
    },
    'a long path': () =>
      request('PUT', `/photos/${'a'.repeat(1_000 + number(5_000))}`, [length('abc')], 'abc'),
    'a broken signature': () =>
      request(
        'PUT',
        target(),
        [
          `Authorization: ${pick(['OSS', 'OSS a:', 'OSS4-HMAC-SHA256 ', 'OSS4-HMAC-SHA256 Credential=a/b/c,Signature=', text(50), 'Bearer '])}${text(number(40))}`,
          `x-oss-date: ${pick(['', text(10), '20261121T000000Z', 'Sat, 21 Nov 2026 00:00:00 GMT'])}`,
          length('abc'),
        ],
        'abc',
      ),
    'a broken query': () => {
      const query = Array.from({ length: number(30) }, () =>
        pick([
          '%',
          '%zz',
          '&&',
          '=',
          'uploadId',
          'partNumber=-1',
          'partNumber=1&uploadId=../../x',
          'x-oss-process',
          'list-type=2',
          'max-keys=-5',
          'continuation-token=%ff',
          '__proto__=1',
          text(10),
        ]),
      ).join('&');
      return request(
        pick(['GET', 'PUT', 'POST', 'DELETE', 'HEAD']),
        `${pick(['/photos/', '/photos/a'])}?${query}`,
        [length('')],
      );
    },
    'a broken callback': () => {
      const callback = pick([
        text(30),
        'e30=',
        Buffer.from('{"callbackUrl":"http://[","callbackBody":"${"}').toString('base64'),
        'a'.repeat(6_000),
        '\u00ff',
      ]);
      return request(
        'PUT',
        '/photos/a',
        [`x-oss-callback: ${callback}`, `x-oss-callback-var: ${text(20)}`, length('a')],
        'a',
      );
    },
    'broken XML': () => {
      const body = pick([
        '<',
        '<CompleteMultipartUpload>',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><CompleteMultipartUpload>&b;</CompleteMultipartUpload>',
        `<CompleteMultipartUpload>${'<Part>'.repeat(number(2_000))}`,
        text(100),
      ]);
      return request(
        pick(['POST', 'PUT']),
        pick(['/photos/a?uploadId=1', '/fresh-bucket/', '/photos/?acl']),
        [length(body)],
        body,
      );
    },
    'broken JSON for the control address': () =>
      request('POST', '/_simulator/faults', ['Authorization: Bearer x', length('{')], '{'),
    'two requests in one': () => Buffer.concat([request('GET', target(), []), noise(50)]),
  };
  const kind = pick(Object.keys(kinds));
  return { kind, bytes: kinds[kind]!() };
}
