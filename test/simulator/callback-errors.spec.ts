import { describe, expect, it } from 'vitest';
import type { OssSimulator } from '../../src/simulator/index.js';
import { postForm, readError } from './error-documents.js';
import { send, startApp, startSimulator } from './simulator-harness.js';

describe('400 InvalidArgument of a callback', () => {
  const base64 = (json: unknown) =>
    Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)).toString('base64');
  const url = 'http://127.0.0.1:1/';
  const good = { callbackUrl: url, callbackBody: 'a' };
  const INVALID_URL = 'The callback url configuration is invalid.';
  const six = Array.from({ length: 6 }, () => url).join(';');

  /** As a text, or what is encoded as JSON and base64; the error code ends so. */
  const callbacks: [what: string, callback: unknown, message: string, ec: string][] = [
    ['too long', 'A'.repeat(5_121), 'The length of callback exceed max value.', '001'],
    ['no base64', '***', 'The callback configuration is not base64 encoded.', '002'],
    [
      'no JSON',
      base64('{"callbackUrl":"a"b"}'),
      'The callback configuration is not json format.',
      '003',
    ],
    ['no URL', { callbackBody: 'a' }, INVALID_URL, '004'],
    ['empty URL', { ...good, callbackUrl: '' }, INVALID_URL, '004'],
    ['bad port', { ...good, callbackUrl: 'http://a.b:port/' }, INVALID_URL, '004'],
    ['the URL my', { ...good, callbackUrl: 'my' }, INVALID_URL, '004'],
    [
      'six URLs',
      { ...good, callbackUrl: six },
      'The number of callback url exceed max value.',
      '005',
    ],
    [
      'bad host',
      { ...good, callbackHost: 'a b/c' },
      'The callback host configuration is invalid.',
      '009',
    ],
    ['$(object)', { ...good, callbackBody: 'a=$(object)' }, 'The callback body is invalid.', '010'],
    ['empty body', { ...good, callbackBody: '' }, 'The callback body is empty.', '011'],
    ['no body', { callbackUrl: url }, 'The callback body is empty.', '011'],
    [
      'bad body type',
      { ...good, callbackBodyType: 1 },
      'The callback body type configuration is invalid.',
      '012',
    ],
    [
      'unknown body type',
      { ...good, callbackBodyType: 'text/plain' },
      'The body type of callback is not supported.',
      '013',
    ],
  ];
  const variables: [what: string, variables: unknown, message: string, ec?: string][] = [
    ['long variables', 'A'.repeat(5_121), 'The length of callback var exceed max value.', '101'],
    ['variables, no base64', '***', 'The callback var is not base64 encoded.', '102'],
    ['variables, no JSON', base64('a'), 'The callback var is not expecten json.'],
    ['variables in capitals', { 'x:A': '1' }, 'The callback var is not expecten json.'],
  ];
  const encoded = (given: unknown) => (typeof given === 'string' ? given : base64(given));
  async function expectRefused(
    send: (simulator: OssSimulator) => Promise<Response>,
    message: string,
    ec?: string,
  ): Promise<void> {
    const simulator = await startSimulator();
    expect(await readError(await send(simulator))).toEqual([
      400,
      'InvalidArgument',
      message,
      ec && `0007-00000${ec}`,
    ]);
    expect(simulator.objects.list()).toEqual([]);
  }
  const put = (headers: Record<string, string>) => (simulator: OssSimulator) =>
    send(simulator, { method: 'PUT', body: 'a', headers });

  it.each(callbacks)('PutObject: %s', async (_what, callback, message, ec) => {
    await expectRefused(put({ 'x-oss-callback': encoded(callback) }), message, ec);
  });

  it.each(variables)('PutObject: %s', async (_what, given, message, ec) => {
    const headers = { 'x-oss-callback': base64(good), 'x-oss-callback-var': encoded(given) };
    await expectRefused(put(headers), message, ec);
  });

  it('PutObject: variables whose names lack x: are left out, the others sent', async () => {
    const app = await startApp();
    const simulator = await startSimulator();
    const callback = base64({ callbackUrl: app.url, callbackBody: 'a=${x:a}' });
    const given = base64({ a: '1', 'x:a': '2' });
    const headers = { 'x-oss-callback': callback, 'x-oss-callback-var': given };
    expect((await put(headers)(simulator)).status).toBe(200);
    expect(app.received[0]?.body.toString()).toBe('a=2');
  });

  it.each(callbacks)('PostObject: %s', async (_what, callback, message, ec) => {
    const fields = { callback: encoded(callback) };
    await expectRefused((simulator) => postForm(simulator.url, { fields }), message, ec);
  });

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
