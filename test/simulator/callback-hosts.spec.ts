import { describe, expect, it } from 'vitest';
import {
  parseCallbackHost,
  writeCallbackHost,
} from '../../src/simulator/callbacks/callback-hosts.js';
import { OssSimulator, type OssSimulatorOptions } from '../../src/simulator/index.js';
import { bucket, callbackTo, region, send, startApp, startSimulator } from './simulator-harness.js';

/** Uploads with a callback to an app on this machine. */
async function upload(options: OssSimulatorOptions, hostname = '127.0.0.1') {
  const app = await startApp();
  const { port } = new URL(app.url);
  const lines: string[] = [];
  const callbackHosts = options.callbackHosts?.map((host) => host.replace('PORT', port));
  const simulator = await startSimulator({
    log: (line) => lines.push(line),
    ...options,
    ...(callbackHosts ? { callbackHosts } : {}),
  });
  const { callback } = callbackTo(`http://${hostname}:${port}/`);
  const headers = { 'x-oss-callback': callback };
  const { status } = await send(simulator, { method: 'PUT', headers, body: 'a' });
  return { status, calls: app.received.length, log: lines.join('\n'), port };
}

const DELIVERED = { status: 200, calls: 1 };
const KEPT_BACK = { status: 203, calls: 0 };

describe('callbacks', () => {
  it.each(['127.0.0.1', 'localhost'])('go to any port of this machine: %s', async (hostname) => {
    expect(await upload({}, hostname)).toMatchObject(DELIVERED);
  });

  it('go nowhere else; 0.0.0.0 is this machine as well, and is not taken for it', async () => {
    const { port, log, ...result } = await upload({}, '0.0.0.0');
    expect(result).toEqual(KEPT_BACK);
    expect(log).toContain(
      `callbacks are sent to localhost only; add 0.0.0.0:${port} to callbackHosts (--callback-host) to allow this one`,
    );
    expect(await upload({ callbackHosts: ['0.0.0.0'] }, '0.0.0.0')).toMatchObject(DELIVERED);
  });

  it.each([
    [['127.0.0.1:PORT'], DELIVERED],
    [['localhost:PORT'], DELIVERED],
    [['127.0.0.1'], DELIVERED],
    [['*'], DELIVERED],
    [['*:PORT'], DELIVERED],
    [['app.test', '[::1]:PORT'], DELIVERED],
    [['127.0.0.1:1'], KEPT_BACK],
    [['*:1'], KEPT_BACK],
    [['app.test:PORT'], KEPT_BACK],
    [[], KEPT_BACK],
  ])('go to the addresses that were named alone: %j', async (callbackHosts, wanted) => {
    expect(await upload({ callbackHosts })).toMatchObject(wanted);
  });

  // The key is known to everyone, and lets them choose where a callback goes.
  it.each<[string, OssSimulatorOptions]>([
    ['other machines', { host: '0.0.0.0' }],
    ['every page', { buckets: { [bucket]: { region, corsOrigins: ['*'] } } }],
    ['pages without an origin', { buckets: { [bucket]: { region, corsOrigins: ['null'] } } }],
  ])('go nowhere unless named where %s may ask', async (_who, options) => {
    expect(await upload(options)).toMatchObject(KEPT_BACK);
    const callbackHosts = ['127.0.0.1:PORT'];
    expect(await upload({ ...options, callbackHosts })).toMatchObject(DELIVERED);
  });
});

describe('an address for callbacks', () => {
  it.each(['127.0.0.1', 'localhost:3000', 'app.test:1', '[::1]', '[::1]:65535', '*', '*:80'])(
    '%s',
    (text) => {
      expect(writeCallbackHost(parseCallbackHost(text))).toBe(text);
    },
  );

  it.each([
    '',
    'http://localhost',
    'localhost:',
    'localhost:0',
    'localhost:65536',
    'a b',
    '*.test',
    '::1',
  ])('%j is none, and stops the start', (text) => {
    expect(() => new OssSimulator({ callbackHosts: [text] })).toThrow(
      `"${text}" is not an address for callbacks. Write host or host:port, such as 127.0.0.1:3000.`,
    );
  });
});
