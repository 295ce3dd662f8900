import { createServer as createPlainServer } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Check } from '../../src/cli/doctor/check.js';
import { checkTls } from '../../src/cli/doctor/check-tls.js';
import { assumeRole } from '../../src/client/sts.js';
import { policyForObject } from '../../src/protocol/access-policy.js';
import { findFreePort } from '../support/free-port.js';
import { BUCKET } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';
import { listen, proxyTo, serve, without } from './doctor-servers.js';
import {
  CREDENTIALS,
  type DoctoredApp,
  examine,
  PAGE_ORIGIN,
  startDoctoredApp,
  VERSIONED_BUCKET,
} from './doctor-world.js';
import { selfSignedCertificate } from './self-signed-certificate.js';

let world: DoctoredApp;
let env: Record<string, string>;
/** Without the database, where it does not matter: nobody waits for what the app notes there. */
let alone: Record<string, string>;
beforeAll(async () => {
  world = await startDoctoredApp();
  ({ env } = world);
  const { DATABASE_URL: _, ...others } = env;
  alone = others;
});
afterAll(() => world.stop());

const failed = { status: 'failed' };
const ok = { status: 'ok' };
const DAY_MS = 86_400_000;

describe('the doctor names a fault of the options:', () => {
  it('a public URL that is missing', async () => {
    const found = await examine({ ...env, OSS_PUBLIC_URL: '' });
    expect(found.find('options.publicUrl')).toMatchObject({
      ...failed,
      message: expect.stringContaining('"publicUrl" is missing') as string,
      cure: expect.stringContaining('OSS_PUBLIC_URL') as string,
    });
    expect(found.healthy).toBe(false);
    // What does not hang on it is looked at all the same.
    expect(found.find('bucket.main.head')).toMatchObject(ok);
    expect(found.find('database.migrations')).toMatchObject(ok);
  });

  it('a public URL of this machine in production, and a local OSS there', async () => {
    const found = await examine({ ...env, NODE_ENV: 'production' });
    expect(found.find('options.publicUrl').message).toContain('which OSS cannot reach');
    expect(found.find('options.localOss').cure).toContain('OSS_LOCAL_URL');
    expect(found.failures()).toEqual(['options.publicUrl', 'options.localOss']);
  });

  it('every mistake at once', async () => {
    const found = await examine({
      OSS_PUBLIC_URL: 'api.example.com',
      OSS_BUCKETS: 'avatars,videos',
      OSS_AVATARS_BUCKET: 'Avatars!',
      OSS_AVATARS_REGION: 'oss-cn-hangzhou',
      OSS_VIDEOS_BUCKET: 'videos',
      OSS_VIDEOS_REGION: 'cn-hangzhou',
      OSS_VIDEOS_ENDPOINT: 'https://videos.oss-cn-hangzhou.aliyuncs.com',
      OSS_ACCESS_KEY_ID: 'your-access-key-id',
      OSS_ACCESS_KEY_SECRET: 'v3rys3cret',
      OSS_TICKET_SECRETS: 'short',
      OSS_CALLBACK_URL: 'oss/callback',
      OSS_ANSWER_WITHIN_MS: '9000',
      OSS_MAX_BODY_BYTES: 'many',
      OSS_HANDLER_MAX_ATTEMPTS: '0',
    });
    const cures = found.checks.map(({ id, cure }) => [id, /OSS_\w+/.exec(cure ?? '')?.[0]]);
    expect(Object.fromEntries(cures.filter(([id]) => id?.startsWith('options.')))).toEqual({
      'options.OSS_MAX_BODY_BYTES': 'OSS_MAX_BODY_BYTES',
      'options.publicUrl': 'OSS_PUBLIC_URL',
      'options.credentials.accessKeyId': 'OSS_ACCESS_KEY_ID',
      'options.buckets.avatars.bucket': 'OSS_AVATARS_BUCKET',
      'options.buckets.avatars.region': 'OSS_AVATARS_REGION',
      'options.buckets.videos.endpoint': 'OSS_VIDEOS_ENDPOINT',
      'options.tickets.secrets[0]': 'OSS_TICKET_SECRETS',
      'options.callback.url': 'OSS_CALLBACK_URL',
      'options.answerWithinMs': 'OSS_ANSWER_WITHIN_MS',
      'options.handlers.maxAttempts': 'OSS_HANDLER_MAX_ATTEMPTS',
    });
    expect(found.failures()).toHaveLength(10);
  });
});

describe('the doctor names a fault on the way to the app:', () => {
  it('a name without an address', async () => {
    const found = await examine({ ...alone, OSS_PUBLIC_URL: 'https://no-such-host.invalid' });
    expect(found.find('dns')).toMatchObject({
      ...failed,
      message: expect.stringMatching(/^no-such-host\.invalid has no address: /) as string,
    });
    expect(found.failures()).toEqual(['dns']);
  });

  it('a private address, which OSS does not call', async () => {
    const found = await examine({ ...alone, OSS_LOCAL_URL: '', OSS_ENDPOINT: env.OSS_LOCAL_URL });
    expect(found.find('dns').message).toContain('OSS refuses to call private addresses');
    expect(found.failures()).toEqual(['dns']);
  });

  it('a port where nothing listens', async () => {
    const port = await findFreePort();
    const found = await examine({ ...alone, OSS_PUBLIC_URL: `http://127.0.0.1:${port}` });
    expect(found.find('reachability').message).toContain('ECONNREFUSED');
    expect(found.failures()).toEqual(['reachability']);
  });

  it.each([
    ['for another name', { name: 'other.example' }, /not for localhost: .*DNS:other\.example/],
    [
      'that expired',
      { name: 'localhost', validTo: new Date(Date.now() - DAY_MS) },
      /of localhost expired on /,
    ],
    [
      'that is not valid yet',
      { name: 'localhost', validFrom: new Date(Date.now() + DAY_MS) },
      /not valid before/,
    ],
    ['that nobody trusts', { name: 'localhost' }, /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ])('a certificate %s', async (_what, plan, message) => {
    const host = await serve(proxyTo(world.app.url, {}), selfSignedCertificate(plan));
    const found = await examine({ ...alone, OSS_PUBLIC_URL: `https://${host}` });
    expect(found.find('tls.certificate').message).toMatch(message);
    expect(found.failures()).toEqual(['tls.certificate']);
    expect(found.find('tls.sni').message).toContain('same certificate without a server name');
  });

  it('a server that shows its certificate only to those who name it: OSS is told to', async () => {
    const certificate = selfSignedCertificate({ name: 'localhost' });
    const server = createTlsServer({
      SNICallback: (name, done) =>
        done(null, name === 'localhost' ? createSecureContext(certificate) : undefined),
    });
    const host = await listen(server);
    const target = { hostname: 'localhost', port: Number(host.split(':')[1]), timeoutMs: 2_000 };
    const statuses: (string | undefined)[] = [];
    for (const sni of [true, false]) {
      const checks: Check[] = [];
      const sink = { add: (check: Check) => void checks.push(check), progress: () => undefined };
      await checkTls({ ...target, sni, nowMs: Date.now() }, sink);
      const check = checks.find(({ id }) => id === 'tls.sni');
      expect(check?.message).toContain('refuses the handshake');
      statuses.push(check?.status);
    }
    expect(statuses).toEqual(['ok', 'failed']);
  });

  it('https: on a port that speaks http:', async () => {
    const url = world.app.url.replace('http:', 'https:');
    const found = await examine({ ...alone, OSS_PUBLIC_URL: url });
    expect(found.find('tls.handshake').cure).toContain('write http:');
    expect(found.failures()).toEqual(['tls.handshake']);
  });

  it('a server that takes connections and never answers, within the time', async () => {
    const silent = createPlainServer((socket) => {
      onTestFinished(() => void socket.destroy());
    });
    const host = await listen(silent);
    const startedAt = Date.now();
    const found = await examine({ ...alone, OSS_PUBLIC_URL: `http://${host}` }, { timeoutMs: 300 });
    expect(found.find('probe').message).toContain('no answer within 300 ms');
    expect(found.failures()).toEqual(['probe']);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
  });

  it.each([
    ['where no route stands', '/oss/calback', /404: no @OssCallback route/, /OSS_CALLBACK_URL/],
    ['of a page', '/page', /200 and an HTML page \("Sign in"\)/, /login page/],
    ['that redirects', '/moved', /308, a redirect to "\/oss\/callback"; OSS follows none/, /URL/],
    ['of another route', '/taken', /200, a success: something else/, /Put @OssCallback\(\)/],
  ])('a path %s', async (_what, path, message, cure) => {
    const found = await examine({ ...alone, OSS_CALLBACK_URL: path });
    expect(found.find('probe').message).toMatch(message);
    expect(found.find('probe').cure).toMatch(cure);
    expect(found.failures()).toEqual(['probe']);
  });

  it.each([
    [
      'adds a charset',
      { answer: (headers) => ({ ...headers, 'content-type': 'application/json; charset=utf-8' }) },
      'probe',
      /"application\/json; charset=utf-8": OSS takes exactly application\/json/,
    ],
    [
      'drops the Content-Length',
      { answer: (headers) => without(headers, 'content-length') },
      'probe',
      /without a Content-Length/,
    ],
    [
      'takes off Authorization',
      { request: (headers) => without(headers, 'authorization') },
      'probe.forged',
      /a proxy takes off Authorization/,
    ],
  ] as [string, Parameters<typeof proxyTo>[1], string, RegExp][])(
    'a proxy that %s',
    async (_what, rules, id, message) => {
      const host = await serve(proxyTo(world.app.url, rules));
      const found = await examine({ ...alone, OSS_PUBLIC_URL: `http://${host}` });
      expect(found.find(id).message).toMatch(message);
      expect(found.failures()).toEqual([id]);
    },
  );

  it('a proxy that changes the path, by what the app noted, and else by a live upload', async () => {
    // An app of its own: of forged callbacks each process notes one a minute.
    const other = await startDoctoredApp();
    onTestFinished(() => other.stop());
    const host = await serve(
      proxyTo(other.app.url, { path: (path) => path.replace('/api/', '/') }),
    );
    const behind: Record<string, string> = {
      ...other.env,
      OSS_PUBLIC_URL: `http://${host}`,
      OSS_CALLBACK_URL: '/api/oss/callback',
    };
    const noted = await examine(behind);
    expect(noted.find('path')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('the app received "/oss/callback"') as string,
      cure: expect.stringContaining('publicPath: { addPrefix: "/api" }') as string,
    });
    const blind = await examine({ ...behind, DATABASE_URL: '' });
    expect(blind.find('path')).toMatchObject({
      status: 'skipped',
      cure: expect.stringContaining('publicPath') as string,
    });
    const live = await examine(behind, { live: true });
    expect(live.failures()).toEqual(['live.upload']);
    expect(live.find('live.upload').message).toMatch(/"Error status : 403\."/);
    expect(live.find('live.upload').cure).toContain('publicPath');
  });
});

describe('the doctor names a fault of a bucket:', () => {
  it.each([
    [{ OSS_ACCESS_KEY_SECRET: 'another-secret' }, /SignatureDoesNotMatch/, /OSS_ACCESS_KEY_SECRET/],
    [{ OSS_ACCESS_KEY_ID: 'another-id' }, /InvalidAccessKeyId/, /OSS_ACCESS_KEY_ID/],
    [{ OSS_BUCKET: 'no-such-bucket' }, /404 NoSuchBucket/, /OSS_BUCKET/],
  ])('%o', async (wrong, message, cure) => {
    const found = await examine({ ...alone, ...wrong });
    expect(found.find('bucket.main.head').message).toMatch(message);
    expect(found.find('bucket.main.head').cure).toMatch(cure);
    expect(found.failures()).toEqual(['bucket.main.head']);
    expect(found.find('clock')).toMatchObject(ok);
  });

  it('an endpoint where nothing answers', async () => {
    const endpoint = `http://127.0.0.1:${await findFreePort()}`;
    const found = await examine({ ...alone, OSS_ENDPOINT: endpoint });
    expect(found.find('bucket.main.head').message).toContain(`at ${endpoint}: `);
    expect(found.find('bucket.main.head').cure).toContain('OSS_ENDPOINT');
    expect(found.failures()).toEqual(['bucket.main.head']);
  });

  it.each([
    ['oss:PutObject', 'bucket.main.head', /oss:GetObject/],
    ['oss:GetObject', 'bucket.main.put', /oss:PutObject/],
  ])('credentials that have %s alone', async (right, id, cure) => {
    const granted = await assumeRole(
      {
        roleArn: 'acs:ram::1:role/doctor',
        endpoint: world.app.oss.url,
        sessionName: 'doctor',
        durationSeconds: undefined,
      },
      CREDENTIALS,
      { policy: policyForObject(BUCKET, '*', [right]), durationSeconds: 900 },
    );
    const found = await examine(
      {
        ...alone,
        OSS_ACCESS_KEY_ID: granted.accessKeyId,
        OSS_ACCESS_KEY_SECRET: granted.accessKeySecret,
        OSS_SECURITY_TOKEN: granted.securityToken,
      },
      { live: true },
    );
    expect(found.find(id).message).toContain('403 AccessDenied');
    expect(found.find(id).cure).toMatch(cure);
    expect(found.failures()).toContain(id);
    // Who may not delete is told what was left.
    const left = world.app.oss.objects.list().map(({ object }) => object);
    const told = found.checks.filter(({ id: each }) => each.endsWith('.delete'));
    expect(left).toHaveLength(right === 'oss:PutObject' ? 2 : 0);
    expect(told.map(({ status }) => status)).toEqual(left.map(() => 'warning'));
    for (const object of left) expect(found.text).toContain(object);
    for (const object of left) await world.app.oss.objects.delete(BUCKET, object);
    expect(found.text).not.toContain(granted.accessKeySecret);
    expect(found.text).not.toContain(granted.securityToken);
  });

  it('a CORS rule that lacks the origin', async () => {
    const found = await examine(alone, { origin: 'https://elsewhere.test' });
    expect(found.find('bucket.main.cors').message).toContain('403 AccessForbidden');
    expect(found.find('bucket.main.cors').cure).toContain('AllowedOrigin https://elsewhere.test');
    expect(found.failures()).toEqual(['bucket.main.cors']);
    expect((await examine(alone, { origin: PAGE_ORIGIN })).find('bucket.main.cors')).toMatchObject(
      ok,
    );
  });

  it('versioning that differs from the option', async () => {
    const versioned = await examine({ ...alone, OSS_BUCKET: VERSIONED_BUCKET });
    expect(versioned.find('bucket.main.versioning').message).toContain('Versioning is enabled');
    expect(versioned.failures()).toEqual(['bucket.main.versioning']);
    const plain = await examine({ ...alone, OSS_VERSIONED: 'true' });
    expect(plain.find('bucket.main.versioning')).toMatchObject({ status: 'warning' });
    const right = await examine({ ...alone, OSS_BUCKET: VERSIONED_BUCKET, OSS_VERSIONED: 'true' });
    expect(right.find('bucket.main.versioning')).toMatchObject(ok);
  });

  it.each([
    [20, 'failed', /behind OSS's\. OSS refuses what is signed more than 15 minutes off/],
    [-20, 'failed', /ahead of OSS's\. OSS refuses/],
    [5, 'warning', /5 minutes behind OSS's/],
  ])('a clock that is %i minutes off', async (minutes, status, message) => {
    const oss = await serve(
      proxyTo(world.app.oss.url, {
        answer: (headers) => ({
          ...headers,
          date: new Date(Date.now() + minutes * 60_000).toUTCString(),
        }),
      }),
    );
    const found = await examine({ ...alone, OSS_LOCAL_URL: `http://${oss}` });
    expect(found.find('clock')).toMatchObject({
      status,
      message: expect.stringMatching(message) as string,
    });
    expect(found.failures()).toEqual(status === 'failed' ? ['clock'] : []);
  });

  it('a local OSS that is not there, and something else in its place', async () => {
    const nobody = `http://127.0.0.1:${await findFreePort()}`;
    const away = await examine({ ...alone, OSS_LOCAL_URL: nobody });
    expect(away.find('localOss').cure).toContain('npx oss-simulator');
    expect(away.failures()).toEqual(['localOss', 'bucket.main.head']);
    const other = await examine({ ...alone, OSS_LOCAL_URL: world.app.url });
    expect(other.find('localOss').message).toContain('Something else than the local OSS');
  });
});

describe('the doctor names a fault of the database:', () => {
  it.each([
    ['a server that is away', { port: '1' }, /ECONNREFUSED/, /Start PostgreSQL/],
    ['a wrong password', { password: 'pa55-w0rd' }, /password authentication/, /user and password/],
    [
      'a database that is not there',
      { pathname: '/no_such' },
      /does not exist/,
      /name of the data/,
    ],
  ])('%s', async (_what, wrong, message, cure) => {
    const url = Object.assign(new URL(env.DATABASE_URL!), wrong);
    const found = await examine({ ...env, DATABASE_URL: url.href });
    expect(found.find('database').message).toMatch(message);
    expect(found.find('database').cure).toMatch(cure);
    expect(found.failures()).toEqual(['database']);
    expect(found.text).not.toContain('pa55-w0rd');
  });

  it('tables that are missing', async () => {
    const empty = await createTestDatabase();
    onTestFinished(() => empty.drop());
    const found = await examine({ ...env, DATABASE_URL: empty.url });
    expect(found.find('database.tables').message).toContain(
      'oss_uploads, oss_upload_tickets, oss_callback_rejections',
    );
    expect(found.find('database.tables').cure).toContain('runOssCallbackMigrations');
    expect(found.failures()).toEqual(['database.tables']);
  });

  it('a migration that did not run', async () => {
    const other = await startDoctoredApp();
    onTestFinished(() => other.stop());
    const names = { schema: 'public', tablePrefix: '', migrationsTable: 'my_migrations' };
    const unknown = await examine(other.env, { databaseNames: names });
    expect(unknown.find('database.migrations')).toMatchObject({ status: 'warning' });
    await other.app.dataSource.query('CREATE TABLE my_migrations (name text)');
    const pending = await examine(other.env, { databaseNames: names });
    expect(pending.find('database.migrations').message).toContain('CreateOssCallbackTables');
    expect(pending.failures()).toEqual(['database.migrations']);
  });
});

describe('a live upload names a fault:', () => {
  it('a secret that the app does not have, with the reason that the app noted', async () => {
    const found = await examine(
      { ...env, OSS_TICKET_SECRETS: 'YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3Ro' },
      { live: true },
    );
    expect(found.find('live.upload').message).toContain('The app noted TICKET_INVALID');
    expect(found.find('live.upload').cure).toContain('OSS_TICKET_SECRETS');
    expect(found.failures()).toEqual(['live.upload']);
    expect(world.app.oss.objects.list()).toEqual([]);
  });

  it('variables that the route asks for, and takes them', async () => {
    const albums = { ...env, OSS_CALLBACK_URL: '/oss/albums' };
    const bare = await examine(albums, { live: true });
    expect(bare.find('live.upload').message).toContain('INVALID_VARIABLES');
    expect(bare.find('live.upload').cure).toContain('--variable');
    const full = await examine(albums, { live: true, variables: { 'x:album': 'summer' } });
    expect(full.failures()).toEqual([]);
  });
});
