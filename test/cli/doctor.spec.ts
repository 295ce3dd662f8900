import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Check } from '../../src/cli/doctor/report.js';
import { doctorCommand } from '../../src/cli/doctor/doctor.command.js';
import { platforms } from '../support/platforms.js';
import { runProgram } from '../support/run-program.js';
import { proxyTo, serve } from './doctor-servers.js';
import { BUCKET, useWorld } from '../support/test-app.js';
import { examine, PAGE_ORIGIN, startDoctoredApp, VERSIONED_BUCKET } from './doctor-world.js';
import { selfSignedCertificate } from './self-signed-certificate.js';

const folder = mkdtempSync(join(tmpdir(), 'oss-callback-doctor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(platforms)('where all is well, on %s,', (platform) => {
  const world = useWorld(() => startDoctoredApp(platform));

  it('the doctor finds nothing to fix, and says what it did not check', async () => {
    const found = await examine(world.env, { origin: PAGE_ORIGIN });
    expect(found.checks.map(({ id, status }) => [id, status])).toEqual([
      ['options', 'ok'],
      ['database', 'ok'],
      ['database.tables', 'ok'],
      ['database.migrations', 'ok'],
      ['url', 'ok'],
      ['dns', 'ok'],
      ['reachability', 'ok'],
      ['probe', 'ok'],
      ['probe.forged', 'ok'],
      ['path', 'ok'],
      ['localOss', 'ok'],
      ['bucket.main.head', 'ok'],
      ['bucket.main.put', 'skipped'],
      ['bucket.main.versioning', 'ok'],
      ['bucket.main.cors', 'ok'],
      ['clock', 'ok'],
      ['live.upload', 'skipped'],
    ]);
    expect(found.checks.every(({ status, fix }) => status === 'ok' || fix !== undefined)).toBe(
      true,
    );
    expect(found.text).toContain('\n0 failed, 0 warnings, 15 ok, 2 skipped\n');
    expect(await world.app.audit.count()).toBe(0);
  });

  it('--live makes an upload that the app records, and leaves no object', async () => {
    const found = await examine(world.env, { live: true });
    expect(found.failures()).toEqual([]);
    expect(found.find('bucket.main.put')).toMatchObject({ status: 'ok' });
    expect(found.find('live.upload').message).toMatch(/the record [0-9a-f-]{36} is "completed"/);
    const { uploads } = await world.app.audit.find({ owner: 'oss-callback-doctor' });
    expect(uploads).toMatchObject([
      { status: 'completed', ticketed: true, mimeType: 'text/plain' },
    ]);
    expect(world.app.oss.objects.list()).toEqual([]);
  });

  it('of several buckets each is looked at', async () => {
    const found = await examine({
      ...world.env,
      OSS_BUCKETS: 'main,archive',
      OSS_MAIN_BUCKET: BUCKET,
      OSS_ARCHIVE_BUCKET: VERSIONED_BUCKET,
      OSS_ARCHIVE_VERSIONED: 'true',
    });
    expect(found.find('bucket.main.head')).toMatchObject({ status: 'ok' });
    expect(found.find('bucket.archive.versioning')).toMatchObject({ status: 'ok' });
    expect(found.find('options.warning').message).toContain(
      'option "buckets.archive.versioned" (variable OSS_ARCHIVE_VERSIONED) is true',
    );
    expect(found.failures()).toEqual([]);
  });

  it('over https with a certificate that is trusted, told by the program', async () => {
    const certificate = selfSignedCertificate({ name: 'localhost' });
    const authority = join(folder, `${platform}.pem`);
    writeFileSync(authority, certificate.cert);
    const host = await serve(proxyTo(world.app.url, {}), certificate);
    const { code, output } = await doctor(['--origin', PAGE_ORIGIN], {
      ...world.env,
      OSS_PUBLIC_URL: `https://${host}`,
      NODE_EXTRA_CA_CERTS: authority,
    });
    expect(output).toMatch(/^ok {7}tls\.certificate: .* is valid for (89|90) more days\.$/m);
    // Whether the path is known depends on what the app noted in this minute.
    expect(output).toMatch(/^0 failed, 0 warnings, 1[78] ok, [23] skipped$/m);
    expect(code).toBe(0);
  });
});

async function doctor(args: string[], env: Record<string, string | undefined>) {
  const program = runProgram('dist/src/cli/main.js', ['doctor', ...args], { env, cwd: folder });
  const code = await program.exited;
  return { code, output: program.output() };
}

describe('the program', () => {
  const world = useWorld(() => startDoctoredApp());

  it('reads a file, which the environment outranks, and ends with 0', async () => {
    const file = join(folder, 'app.env');
    const { OSS_BUCKET: bucket, ...others } = world.env;
    const lines = Object.entries({ ...others, OSS_BUCKET: 'another-bucket' });
    writeFileSync(file, lines.map(([name, value]) => `${name}="${value}"`).join('\n'));
    const { code, output } = await doctor(['--env-file', file], { OSS_BUCKET: bucket });
    expect(output).toMatch(/^0 failed/m);
    expect(output).not.toContain('another-bucket');
    expect(code).toBe(0);
  });

  it('says in the words of the environment what is missing where nothing is set', async () => {
    const { code, output } = await doctor([], {});
    expect(code).toBe(1);
    const [first] = output.split('\n');
    expect(first).toBe("FAILED   environment: None of the app's OSS_* variables is set here.");
    for (const variable of [
      'OSS_PUBLIC_URL is',
      'OSS_BUCKET and OSS_REGION are',
      'OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET are',
      'OSS_TICKET_SECRETS is',
    ]) {
      expect(output).toContain(`: ${variable} not set.\n`);
    }
    expect(output).not.toContain('The option');
    expect(output).not.toContain('accessKeyId');
  });

  it('in production says first that a local OSS must go', async () => {
    const { output } = await doctor([], { ...world.env, NODE_ENV: 'production' });
    const [first, fix] = output.split('\n');
    expect(first).toMatch(/^FAILED {3}options\.localOss: OSS_LOCAL_URL \(the option "localOss"\)/);
    expect(fix).toContain('Remove OSS_LOCAL_URL');
  });

  it('--json is a list of checks and nothing else; a failure ends with 1', async () => {
    const secret = 'a-secret-that-stays-unknown';
    const { code, output } = await doctor(['--json', '--callback-url', '/nowhere'], {
      ...world.env,
      OSS_ACCESS_KEY_SECRET: secret,
    });
    const checks = JSON.parse(output) as Check[];
    expect(checks.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual([
      'probe',
      'bucket.main.head',
    ]);
    for (const check of checks) {
      const { id, status, message, fix, ...more } = check;
      expect([typeof id, typeof message, more]).toEqual(['string', 'string', {}]);
      expect(['ok', 'warning', 'failed', 'skipped']).toContain(status);
      expect(fix === undefined).toBe(status === 'ok');
    }
    for (const hidden of [secret, world.env.OSS_TICKET_SECRETS!]) {
      expect(output).not.toContain(hidden);
    }
    expect(code).toBe(1);
  });

  it('without any setting names what is missing', async () => {
    const { code, output } = await doctor([], {});
    expect(output).toMatch(/^FAILED {3}options\.publicUrl: /m);
    expect(output).toMatch(/^FAILED {3}options\.buckets: /m);
    expect(output).toMatch(/^FAILED {3}options\.tickets\.secrets: /m);
    expect(output).toMatch(/^skipped {2}database: /m);
    expect(code).toBe(1);
  });

  it('--help names every option', async () => {
    const { code, output } = await doctor(['--help'], {});
    const options = `env-file callback-url origin database-url database-schema table-prefix
      migrations-table live variable json`;
    for (const name of options.split(/\s+/)) expect(output).toContain(`--${name}`);
    expect(code).toBe(0);
  });

  it('a file that is not there is told', async () => {
    const { code, output } = await doctor(['--env-file', '/nowhere/a'], {});
    expect(output).toContain('/nowhere/a');
    // Some versions of Node take the option for their own, and end with 9.
    expect([2, 9]).toContain(code);
  });

  it('an option that there is not ends with 2', async () => {
    const { code, output } = await doctor(['--nope'], {});
    expect(output).toContain('--nope');
    expect(output).toContain('oss-callback doctor --help');
    expect(code).toBe(2);
  });
});

it.each([
  [['file'], 'file'],
  [['--env-file', '/nowhere/a'], '/nowhere/a cannot be read: ENOENT'],
  [['--origin', 'app.example.com'], '--origin is "app.example.com". Write the scheme and host'],
  [['--origin', 'https://app.example.com/page'], 'Write the scheme and host'],
  [['--variable', 'album'], '--variable is "album". Write name=value'],
])('%j is a mistake in the command line', async (args, reason) => {
  await expect(doctorCommand.run(args)).rejects.toThrow(reason);
});
