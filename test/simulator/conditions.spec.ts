import { describe, expect, it } from 'vitest';
import { bucket, codeOf, messageOf, send, startSimulator } from './simulator-harness.js';

const ETAG = '900150983CD24FB0D6963F7D28E17F72';
const OTHER = 'D41D8CD98F00B204E9800998ECF8427E';
/** An object's time has milliseconds, its headers have none. */
const STORED = new Date('2026-03-01T12:00:00.987Z');
const AT = 'Sun, 01 Mar 2026 12:00:00 GMT';
const BEFORE = 'Sun, 01 Mar 2026 11:59:59 GMT';
const AFTER = 'Sun, 01 Mar 2026 13:00:00 GMT';

async function start() {
  const simulator = await startSimulator({ clock: () => STORED });
  await simulator.objects.put({ bucket, object: 'a.txt', body: 'abc' });
  return (method: string, headers: Record<string, string>, body?: string) =>
    send(simulator, { method, headers, signedAt: STORED, ...(body === undefined ? {} : { body }) });
}

/** The error document of a response; that to a HEAD is in a header. */
async function errorOf(response: Response) {
  const inHeader = Buffer.from(response.headers.get('x-oss-err') ?? '', 'base64').toString();
  return (await response.text()) || inHeader;
}

describe.each(['GET', 'HEAD'])('%s', (method) => {
  it.each<[Record<string, string>]>([
    [{ 'if-match': `"${ETAG}"` }],
    [{ 'if-match': ETAG }],
    [{ 'if-match': `"${OTHER}", "${ETAG}"` }],
    [{ 'if-match': '*' }],
    [{ 'if-none-match': `"${OTHER}"` }],
    [{ 'if-modified-since': BEFORE }],
    [{ 'if-modified-since': 'yesterday' }],
    [{ 'if-unmodified-since': AT }],
    [{ 'if-unmodified-since': AFTER }],
    [{ 'if-match': ETAG, 'if-unmodified-since': BEFORE }],
    [{ 'if-none-match': OTHER, 'if-modified-since': AFTER }],
  ])('%o gives the object', async (headers) => {
    const response = await (await start())(method, headers);
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '3']);
  });

  it.each<[Record<string, string>, string]>([
    [{ 'if-match': `"${OTHER}"` }, 'If-Match'],
    [{ 'if-match': OTHER, 'if-unmodified-since': AFTER }, 'If-Match'],
    [{ 'if-unmodified-since': BEFORE }, 'If-Unmodified-Since'],
    [{ 'if-match': OTHER, 'if-none-match': ETAG }, 'If-Match'],
  ])('%o fails with 412', async (headers, condition) => {
    const response = await (await start())(method, headers);
    const error = await errorOf(response);
    expect([response.status, codeOf(error)]).toEqual([412, 'PreconditionFailed']);
    expect(error).toContain(`<Condition>${condition}</Condition>`);
    expect(response.headers.get('x-oss-ec')).toBe('0017-00001001');
  });

  it.each<[Record<string, string>]>([
    [{ 'if-none-match': `"${ETAG}"` }],
    [{ 'if-none-match': `W/"${ETAG}"` }],
    [{ 'if-none-match': '*' }],
    [{ 'if-modified-since': AT }],
    [{ 'if-modified-since': AFTER }],
    [{ 'if-none-match': ETAG, 'if-modified-since': BEFORE }],
    [{ 'if-match': ETAG, 'if-none-match': ETAG }],
  ])('%o tells with 304 that the client has it', async (headers) => {
    const response = await (await start())(method, headers);
    expect([response.status, await response.text()]).toEqual([304, '']);
    expect(response.headers.get('etag')).toBe(`"${ETAG}"`);
    expect(response.headers.get('last-modified')).toBe(AT);
    // SDKs know it by its status, and take a document in a header for another error.
    expect(response.headers.get('x-oss-err')).toBeNull();
  });
});

describe('PUT', () => {
  it.each([
    ['If-Match', ETAG],
    ['If-None-Match', '*'],
    ['If-Modified-Since', BEFORE],
    ['If-Unmodified-Since', AFTER],
  ])('takes no %s, as OSS', async (name, value) => {
    const ask = await start();
    const response = await ask('PUT', { [name.toLowerCase()]: value }, 'other');
    const error = await errorOf(response);
    expect([response.status, codeOf(error)]).toEqual([400, 'NotImplemented']);
    expect(messageOf(error)).toBe(
      'A header you provided implies functionality that is not implemented.',
    );
    expect(error).toContain(`<Header>${name}</Header>`);
    expect(response.headers.get('x-oss-ec')).toBe('0017-00000245');
    expect(await (await ask('GET', {})).text()).toBe('abc');
  });
});
