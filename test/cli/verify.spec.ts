import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/run-cli.js';
import { buildCallbackRequest, createTestKeyPair } from '../../src/testing/index.js';
import { runProgram } from '../support/run-program.js';
import { altered, rawGenuine } from './raw-captures.js';

const folder = mkdtempSync(join(tmpdir(), 'oss-callback-verify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = 'dist/src/cli/main.js';

/** The command in a process of its own, as `npx oss-callback` runs it. */
async function program(...args: string[]): Promise<{ code: number | null; output: string }> {
  const running = runProgram(PROGRAM, args);
  return { code: await running.exited, output: running.output() };
}

/** The same command line without a process. */
async function cli(...args: string[]): Promise<{ code: number; output: string }> {
  let output = '';
  const take = (text: string) => void (output += text);
  return { code: await runCli(args, { write: take, writeError: take }), output };
}

let files = 0;

function write(content: string | Uint8Array): string {
  const path = join(folder, `capture-${(files += 1)}`);
  writeFileSync(path, content);
  return path;
}

const wireshark = rawGenuine('docs-wireshark-2018');
const query = rawGenuine('docs-signature-example');

describe('oss-callback verify, of genuine callbacks', () => {
  it('verifies a raw request offline, and shows what was checked and what it says', async () => {
    const { code, output } = await program('verify', write(wireshark));
    expect(output.split('\n')).toEqual([
      'Verified',
      '  request     POST "/", body of 76 bytes',
      expect.stringMatching(
        /^ {2}key {9}https:\/\/gosspublic\.alicdn\.com\/callback_pub_key_v1\.pem, SHA-256 [0-9a-f]{64}$/,
      ),
      '  content     object = ".snappython.png"',
      '  content     size = 6014',
      '  content     mimeType = "image/png"',
      '  content     imageHeight = 221',
      '  content     imageWidth = 396',
      '  ticket      none',
      '',
    ]);
    expect(code).toBe(0);
  });

  it('verifies a list as JSON', async () => {
    const { code, output } = await cli('verify', '--json', 'test/fixtures/genuine-callbacks.json');
    expect(code).toBe(0);
    const report = JSON.parse(output) as { verified: boolean; requests: object[] };
    expect(report.verified).toBe(true);
    expect(report.requests).toHaveLength(5);
    expect(report.requests[0]).toEqual({
      id: 'docs-signature-example',
      verified: true,
      request: {
        method: 'POST',
        url: '/index.php?id=1&index=2',
        checkedUrl: '/index.php?id=1&index=2',
        bodyBytes: 18,
      },
      key: {
        name: 'https://gosspublic.alicdn.com/callback_pub_key_v1.pem',
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      content: {
        ok: undefined,
        system: { bucket: 'yonghu-test', object: '' },
        variables: {},
        others: {},
        hasTicket: false,
      },
      notes: [],
    });
    expect(report.requests[3]).toMatchObject({ verified: true, content: { ok: false } });
  });

  it('reads standard input', () => {
    const run = (input: Buffer) =>
      spawnSync(process.execPath, [PROGRAM, 'verify', '-'], { input, encoding: 'utf8' });
    expect(run(query)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Verified\n/) });
    expect(run(Buffer.of())).toMatchObject({ status: 2, stderr: expect.stringMatching(/empty/) });
  });

  it('refuses a list of which one is not verified', async () => {
    const list = JSON.parse(readFileSync('test/fixtures/genuine-callbacks.json', 'utf8')) as {
      url: string;
    }[];
    list[1]!.url = '/other';
    const { code, output } = await cli('verify', write(JSON.stringify(list)));
    expect(code).toBe(1);
    expect(output.match(/^Verified: /gm)).toHaveLength(4);
    expect(output).toContain('NOT VERIFIED: python-sdk-issue-272');
  });
});

describe('oss-callback verify, of genuine callbacks that a proxy spoiled', () => {
  it('names cause, setting and what OSS signed as JSON', async () => {
    const file = write(altered(query, 'POST /index.php', 'POST /internal/index.php'));
    const { code, output } = await cli('verify', file, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      verified: false,
      requests: [
        {
          verified: false,
          request: { checkedUrl: '/internal/index.php?id=1&index=2' },
          diagnosis: {
            found: 'request',
            url: '/index.php?id=1&index=2',
            body: Buffer.from('bucket=yonghu-test').toString('base64'),
            causes: [{ code: 'prefix-added', fix: expect.stringContaining('removePrefix') }],
          },
        },
      ],
    });
  });

  it('tries the setting of --public-path-remove', async () => {
    const file = write(altered(query, '/index.php', '/internal/index.php'));
    const { code, output } = await cli('verify', file, '--public-path-remove', '/internal');
    expect(output).toContain('checked for "/index.php?id=1&index=2"');
    expect(code).toBe(0);
  });

  it('says where the setting of --public-path-add is not needed', async () => {
    const { code, output } = await cli('verify', write(query), '--public-path-add', '/api');
    expect(output).toContain('Remove publicPath');
    expect(code).toBe(1);
  });
});

describe('oss-callback verify, with a key of one’s own', () => {
  const { privateKey, publicKey } = createTestKeyPair();
  const request = buildCallbackRequest({
    url: '/api/oss/callback',
    body: { object: 'a b.png', size: 5, 'x:user_id': 'u\u202e1', 'x:ticket': 'abc', kind: 'k' },
    privateKey,
    localOssUrl: 'http://127.0.0.1:9100',
  });
  const { headers, url, method } = request;
  const capture = { method, url, headers, bodyBase64: request.body.toString('base64') };

  it('verifies, and shows custom variables and that there is a ticket', async () => {
    const { code, output } = await cli(
      'verify',
      write(JSON.stringify(capture)),
      '--public-key',
      write(publicKey),
    );
    expect(output).toContain('Verified\n');
    expect(output).toContain('the one of --public-key, SHA-256');
    expect(output).toContain('x: userId = "u\\u202e1"');
    expect(output).toContain('kind = "k"');
    expect(output).toContain('present; only the app can check it');
    expect(output).not.toContain('abc');
    expect(code).toBe(0);
  });

  it('names the setting for a prefix that was removed, and takes it', async () => {
    const file = write(JSON.stringify({ ...capture, url: '/oss/callback' }));
    const key = write(publicKey);
    const before = await cli('verify', file, '--public-key', key);
    expect(before.code).toBe(1);
    expect(before.output).toContain("publicPath: { addPrefix: '/api' }");
    const after = await cli('verify', file, '--public-key', key, '--public-path-add', '/api');
    expect(after.code).toBe(0);
    expect(after.output).toContain('checked for "/api/oss/callback"');
  });
});

describe('oss-callback', () => {
  it.each([[], ['--help']])('%j names its commands', async (...args) => {
    const { code, output } = await program(...args);
    expect(code).toBe(0);
    expect(output).toContain('Usage: npx oss-callback <command>');
    expect(output).toMatch(/^ {2}verify {2}/m);
  });

  it('--version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await program('--version')).toEqual({ code: 0, output: `${version}\n` });
  });

  it('verify --help names every option', async () => {
    const { code, output } = await cli('verify', '--help');
    expect(code).toBe(0);
    for (const name of ['public-key', 'public-path-add', 'public-path-remove', 'json']) {
      expect(output).toContain(`--${name}`);
    }
  });

  it.each([
    [['nope'], 'There is no command "nope"'],
    [['verify'], 'Name the file'],
    [['verify', '/nowhere/a'], '/nowhere/a cannot be read: ENOENT'],
    [['verify', '/dev/zero'], '/dev/zero has more than 16777216 bytes.'],
    [['verify', '--nope', 'a'], '--nope'],
    [['verify', '--public-path-add', 'api', 'a'], '--public-path-add is "api". Begin it with a'],
    [['verify', '--public-key', 'package.json', 'a'], 'package.json is not a public RSA key'],
    [['verify', 'LICENSE'], 'does not begin with a request line'],
  ])('%j ends with 2 and says why', async (args, reason) => {
    const { code, output } = await cli(...args);
    expect(output).toContain(reason);
    expect(output).toContain('--help');
    expect(code).toBe(2);
  });

  it('ends its process with the code of the command', async () => {
    const file = write(altered(query, 'POST /index.php', 'POST /internal/index.php'));
    expect(await program('verify', file)).toEqual(await cli('verify', file));
    expect(await program('verify', '--nope', 'a')).toEqual(await cli('verify', '--nope', 'a'));
  });
});
