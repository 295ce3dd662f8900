import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningProgram, runProgram } from '../support/run-program.js';
import { temporaryFolder } from './simulator-harness.js';

const running: RunningProgram[] = [];
afterEach(async () => {
  for (const program of running) program.signal('SIGKILL');
  await Promise.all(running.splice(0).map(({ exited }) => exited));
});

function cli(...args: string[]): RunningProgram {
  const program = runProgram('dist/src/simulator/cli.js', args);
  running.push(program);
  return program;
}

async function started(...args: string[]): Promise<{ program: RunningProgram; url: string }> {
  const program = cli('--port', '0', ...args);
  const [, url = ''] = await program.waitFor(/listens on (\S+)/);
  await program.waitFor(/control (?:token|address  off)/);
  return { program, url };
}

describe('oss-simulator', () => {
  it.each(['--help', '-h'])('%s names every option', async (option) => {
    const program = cli(option);
    expect(await program.exited).toBe(0);
    const source = readFileSync('src/simulator/cli-options.ts', 'utf8');
    const options = [...source.matchAll(/^ {2}'?([a-z-]+)'?: \{ type: /gm)].map(([, name]) => name);
    expect(options.length).toBeGreaterThan(10);
    for (const name of options) expect(program.output()).toContain(`--${name}`);
  });

  it('--version', async () => {
    const program = cli('--version');
    expect(await program.exited).toBe(0);
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(program.output().trim()).toBe(manifest.version);
  });

  it.each([
    [['--port', 'x'], '--port x'],
    [['--bucket', 'A'], '--bucket A'],
    [['--bucket', 'abc:open'], 'public-read'],
    [['--region', 'cn-hangzhou'], '--region needs --bucket'],
    [['--access-key', 'id'], '--access-key'],
    [['--callback-host', 'http://127.0.0.1:3000'], '--callback-host: "http://127.0.0.1:3000"'],
    [['--unknown'], '--unknown'],
    [['word'], 'word'],
  ])('%j ends with 2 and says why', async (args, reason) => {
    const program = cli(...args);
    expect(await program.exited).toBe(2);
    expect(program.output()).toContain(reason);
    expect(program.output()).toContain('--help');
  });

  it('ends with 1 where its port is taken', async () => {
    const { url } = await started();
    const other = cli('--port', new URL(url).port);
    expect(await other.exited).toBe(1);
    expect(other.output()).toContain('could not start');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('serves until %s', async (signal) => {
    const folder = await temporaryFolder();
    const { program, url } = await started(
      '--data',
      folder,
      '--bucket',
      'photos:public-read-write',
      '--region',
      'cn-hangzhou',
    );
    expect((await fetch(`${url}/photos/a.txt`, { method: 'PUT', body: 'a' })).status).toBe(200);
    expect((await fetch(`${url}/others/a.txt`)).status).toBe(404);
    await program.waitFor(/PUT \/photos\/a\.txt 200 \d/);
    await program.waitFor(/GET \/others\/a\.txt 404 NoSuchBucket \d/);
    program.signal(signal);
    expect(await program.exited).toBe(0);
    const again = await started('--data', folder, '--bucket', 'photos:public-read', '--quiet');
    expect(await (await fetch(`${again.url}/photos/a.txt`)).text()).toBe('a');
    expect(again.program.output()).not.toContain('GET /photos/a.txt');
  });

  it.each([
    [[], /GET \/photos\/a\?… 404 /],
    [['--verbose'], /GET \/photos\/a\?Signature=x&uploadId=1 /],
  ])('logs URLs with %j as long as it was told', async (options, line) => {
    const { program, url } = await started('--no-signatures', '--bucket', 'photos', ...options);
    await fetch(`${url}/photos/a?Signature=x&uploadId=1`);
    await program.waitFor(line);
  });

  it('prints the token of its control address', async () => {
    const { program } = await started();
    const [, url = '', token = ''] =
      /control address {2}(\S+)\s+control token {4}(\S+)/.exec(program.output()) ?? [];
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
  });

  it('shows both strings to sign of a refused signature', async () => {
    const { program, url } = await started('--access-key', 'id:secret');
    await fetch(`${url}/photos/a`, {
      headers: { authorization: 'OSS id:AAAA', 'x-oss-date': new Date().toUTCString() },
    });
    await program.waitFor(/StringToSign of what arrived +\| signed by the client: unknown/);
  });
});
