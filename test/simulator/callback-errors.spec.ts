import { describe, expect, it } from 'vitest';
import { postForm, readError } from './error-documents.js';
import { send, startSimulator } from './simulator-harness.js';

describe('400 InvalidArgument of a callback', () => {
  const base64 = (json: unknown) =>
    Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)).toString('base64');
  const url = 'http://127.0.0.1:1/';
  const good = { callbackUrl: url, callbackBody: 'a' };
  const six = Array.from({ length: 6 }, () => url).join(';');

  const rows: [string, string, string | undefined, string, string?][] = [
    [
      'too long',
      'A'.repeat(5_121),
      undefined,
      'The length of callback exceed max value.',
      '0007-00000001',
    ],
    [
      'no base64',
      '***',
      undefined,
      'The callback configuration is not base64 encoded.',
      '0007-00000002',
    ],
    [
      'no JSON',
      base64('{"callbackUrl":"a"b"}'),
      undefined,
      'The callback configuration is not json format.',
      '0007-00000003',
    ],
    [
      'no URL',
      base64({ callbackBody: 'a' }),
      undefined,
      'The callback url configuration is invalid.',
      '0007-00000004',
    ],
    [
      'empty URL',
      base64({ ...good, callbackUrl: '' }),
      undefined,
      'The callback url configuration is invalid.',
      '0007-00000004',
    ],
    [
      'bad port',
      base64({ ...good, callbackUrl: 'http://a.b:port/' }),
      undefined,
      'The callback url configuration is invalid.',
      '0007-00000004',
    ],
    [
      'the URL my',
      base64({ ...good, callbackUrl: 'my' }),
      undefined,
      'The callback url configuration is invalid.',
      '0007-00000004',
    ],
    [
      'six URLs',
      base64({ ...good, callbackUrl: six }),
      undefined,
      'The number of callback url exceed max value.',
      '0007-00000005',
    ],
    [
      'bad host',
      base64({ ...good, callbackHost: 'a b/c' }),
      undefined,
      'The callback host configuration is invalid.',
      '0007-00000009',
    ],
    [
      '$(object)',
      base64({ ...good, callbackBody: 'a=$(object)' }),
      undefined,
      'The callback body is invalid.',
      '0007-00000010',
    ],
    [
      'empty body',
      base64({ ...good, callbackBody: '' }),
      undefined,
      'The callback body is empty.',
      '0007-00000011',
    ],
    [
      'no body',
      base64({ callbackUrl: url }),
      undefined,
      'The callback body is empty.',
      '0007-00000011',
    ],
    [
      'bad body type',
      base64({ ...good, callbackBodyType: 1 }),
      undefined,
      'The callback body type configuration is invalid.',
      '0007-00000012',
    ],
    [
      'unknown body type',
      base64({ ...good, callbackBodyType: 'text/plain' }),
      undefined,
      'The body type of callback is not supported.',
      '0007-00000013',
    ],
    [
      'long variables',
      base64(good),
      'A'.repeat(5_121),
      'The length of callback var exceed max value.',
      '0007-00000101',
    ],
    [
      'variables, no base64',
      base64(good),
      '***',
      'The callback var is not base64 encoded.',
      '0007-00000102',
    ],
    ['variables, no JSON', base64(good), base64('a'), 'The callback var is not expecten json.'],
    [
      'variables in capitals',
      base64(good),
      base64({ 'x:A': '1' }),
      'The callback var is not expecten json.',
    ],
  ];

  it.each(rows)('PutObject: %s', async (_what, callback, variables, message, ec) => {
    const simulator = await startSimulator();
    const headers = {
      'x-oss-callback': callback,
      ...(variables === undefined ? {} : { 'x-oss-callback-var': variables }),
    };
    const answer = await send(simulator, { method: 'PUT', body: 'a', headers });
    expect(await readError(answer)).toEqual([400, 'InvalidArgument', message, ec]);
    expect(simulator.objects.list()).toEqual([]);
  });

  it.each(rows.filter(([, , variables]) => variables === undefined))(
    'PostObject: %s',
    async (_what, callback, _variables, message, ec) => {
      const simulator = await startSimulator();
      const answer = await postForm(simulator.url, { fields: { callback } });
      expect(await readError(answer)).toEqual([400, 'InvalidArgument', message, ec]);
      expect(simulator.objects.list()).toEqual([]);
    },
  );

  it('both carriers', async () => {
    const simulator = await startSimulator();
    const callback = base64(good);
    const headers = { 'x-oss-callback': callback };
    const answer = await send(simulator, {
      method: 'PUT',
      body: 'a',
      headers,
      query: { callback },
    });
    expect(await readError(answer)).toEqual([
      400,
      'InvalidArgument',
      'Either the callback query string parameter or the x-oss-callback header should be specified, not both.',
      '0007-00000027',
    ]);
  });
});
