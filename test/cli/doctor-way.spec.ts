import { createServer as createPlainServer } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkTls } from '../../src/cli/doctor/checks/check-tls.js';
import { DoctorReport } from '../../src/cli/doctor/report.js';
import { findFreePort } from '../../src/testing/free-port.js';
import { listen, proxyTo, serve, without } from './doctor-servers.js';
import { examine, startDoctoredApp } from './doctor-world.js';
import { selfSignedCertificate } from './self-signed-certificate.js';
import { useWorld } from '../support/test-app.js';

const world = useWorld(() => startDoctoredApp());

const failed = { status: 'failed' };
const ok = { status: 'ok' };
const DAY_MS = 86_400_000;

describe('the doctor names a fault of the options:', () => {
  it('every variable that has to be set, and nothing that follows from that', async () => {
    const found = await examine({});
    expect(
      found.checks.flatMap(({ id, status, fix }) => (status === 'failed' ? [[id, fix]] : [])),
    ).toEqual([
      ['environment', expect.stringContaining('--env-file .env')],
      ...[
        ['options.publicUrl', 'OSS_PUBLIC_URL'],
        ['options.buckets', 'OSS_BUCKET and OSS_REGION'],
        ['options.credentials', 'OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET'],
        ['options.tickets.secrets', 'OSS_TICKET_SECRETS'],
      ].map(([id, variable]) => [
        id,
        expect.stringMatching(
          `^Set ${variable} in the environment, or in the file that --env-file names, to .*\\.$`,
        ) as string,
      ]),
    ]);
  });

  it('a public URL that is missing', async () => {
    const found = await examine({ ...world.env, OSS_PUBLIC_URL: '' });
    expect(found.find('options.publicUrl')).toMatchObject({
      ...failed,
      message: 'OSS_PUBLIC_URL is not set.',
      fix: expect.stringContaining('OSS_PUBLIC_URL') as string,
    });
    expect(found.healthy).toBe(false);
    // What does not hang on it is looked at all the same.
    expect(found.find('bucket.main.head')).toMatchObject(ok);
    expect(found.find('database.migrations')).toMatchObject(ok);
  });

  it('a public URL of this machine in production, and a local OSS there', async () => {
    const found = await examine({ ...world.env, NODE_ENV: 'production' });
    expect(found.find('options.publicUrl').message).toContain('which OSS cannot reach');
    expect(found.find('options.localOss').fix).toContain('OSS_LOCAL_URL');
    expect(found.failures()).toEqual(['options.localOss', 'options.publicUrl']);
  });

  it('addresses that the app would not start with in production', async () => {
    const found = await examine(
      {
        ...world.env,
        NODE_ENV: 'production',
        OSS_LOCAL_URL: '',
        OSS_PUBLIC_URL: 'http://192.168.1.5:3000',
        OSS_ACCESS_KEY_ID: 'LTAI5tAbCdEf',
        OSS_ACCESS_KEY_SECRET: '"Q7b3kXoP0vLr9sTnYw2eZc5uHd8jGm"',
      },
      { callbackUrl: 'http://[2001:db8::1]/oss/callback' },
    );
    expect(found.find('options.publicUrl').message).toContain('192.168.1.5 is a private address');
    expect(found.find('options.callback.url').message).toContain('OSS only calls IPv4 addresses');
    expect(found.find('options.credentials.accessKeySecret').message).toContain('quotes around it');
  });

  it('a callback URL of the command line', async () => {
    const found = await examine(world.alone, { callbackUrl: 'oss/callback' });
    expect(found.find('options.callback.url').fix).toBe('Change --callback-url.');
    expect(found.failures()).toEqual(['options.callback.url']);
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
    const fixes = found.checks.map(({ id, fix }) => [id, /OSS_\w+/.exec(fix ?? '')?.[0]]);
    expect(Object.fromEntries(fixes.filter(([id]) => id?.startsWith('options.')))).toEqual({
      'options.maxBodyBytes': 'OSS_MAX_BODY_BYTES',
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
    const found = await examine({ ...world.alone, OSS_PUBLIC_URL: 'https://no-such-host.invalid' });
    expect(found.find('dns')).toMatchObject({
      ...failed,
      message: expect.stringMatching(
        /^The host no-such-host\.invalid could not be resolved: /,
      ) as string,
    });
    expect(found.failures()).toEqual(['dns']);
  });

  it('a private address, which OSS does not call', async () => {
    const found = await examine({
      ...world.alone,
      OSS_LOCAL_URL: '',
      OSS_ENDPOINT: world.env.OSS_LOCAL_URL,
    });
    expect(found.find('dns').message).toContain('OSS refuses to call private addresses');
    expect(found.failures()).toEqual(['dns']);
  });

  it('a port where nothing listens', async () => {
    const port = await findFreePort();
    const found = await examine({ ...world.alone, OSS_PUBLIC_URL: `http://127.0.0.1:${port}` });
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
    ['that is not trusted', { name: 'localhost' }, /DEPTH_ZERO_SELF_SIGNED_CERT/],
  ])('a certificate %s', async (_what, plan, message) => {
    const host = await serve(proxyTo(world.app.url, {}), selfSignedCertificate(plan));
    const found = await examine({ ...world.alone, OSS_PUBLIC_URL: `https://${host}` });
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
    const target = { hostname: 'localhost', port: Number(host.split(':')[1]), timeoutMs: 20_000 };
    const statuses: (string | undefined)[] = [];
    for (const sni of [true, false]) {
      const report = new DoctorReport({ write: () => undefined }, 'json', []);
      await checkTls({ ...target, sni, nowMs: Date.now() }, report);
      const check = report.checks.find(({ id }) => id === 'tls.sni');
      expect(check?.message).toContain('refuses the handshake');
      statuses.push(check?.status);
    }
    expect(statuses).toEqual(['ok', 'failed']);
  });

  it('https: on a port that speaks http:', async () => {
    const url = world.app.url.replace('http:', 'https:');
    const found = await examine({ ...world.alone, OSS_PUBLIC_URL: url });
    expect(found.find('tls.handshake').fix).toContain('write http:');
    expect(found.failures()).toEqual(['tls.handshake']);
  });

  it('a server that takes connections and never answers, within the time', async () => {
    const silent = createPlainServer((socket) => {
      onTestFinished(() => void socket.destroy());
    });
    const host = await listen(silent);
    const found = await examine(
      { ...world.alone, OSS_PUBLIC_URL: `http://${host}` },
      { timeoutMs: 3_000 }, // enough for the other checks
    );
    expect(found.find('probe').message).toContain('no response within 3000 ms');
    expect(found.failures()).toEqual(['probe']);
  });

  it('an answer without an end, after its first bytes', async () => {
    const host = await serve((_request, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(16_384, 'a')));
        response.once('drain', more);
      };
      more();
    });
    const found = await examine({ ...world.alone, OSS_PUBLIC_URL: `http://${host}` });
    expect(found.find('probe').message).toContain('200, a success: the route at this path is not');
    expect(found.failures()).toEqual(['probe']);
  });

  it.each([
    [
      'where no route stands',
      '/oss/calback',
      /404: there is no @OssCallback route/,
      /OSS_CALLBACK_URL/,
    ],
    ['of a page', '/page', /200 with an HTML page \("Sign in"\)/, /login page/],
    [
      'that redirects',
      '/moved',
      /308, a redirect to "\/oss\/callback"\. OSS does not follow/,
      /URL/,
    ],
    [
      'of another route',
      '/taken',
      /200, a success: the route at this path is not/,
      /Put @OssCallback\(\)/,
    ],
  ])('a path %s', async (_what, path, message, fix) => {
    const found = await examine({ ...world.alone, OSS_CALLBACK_URL: path });
    expect(found.find('probe').message).toMatch(message);
    expect(found.find('probe').fix).toMatch(fix);
    expect(found.failures()).toEqual(['probe']);
  });

  it.each([
    [
      'adds a charset',
      { answer: (headers) => ({ ...headers, 'content-type': 'application/json; charset=utf-8' }) },
      'probe',
      /"application\/json; charset=utf-8": OSS only accepts application\/json/,
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
      /a proxy removes Authorization/,
    ],
  ] as [string, Parameters<typeof proxyTo>[1], string, RegExp][])(
    'a proxy that %s',
    async (_what, rules, id, message) => {
      const host = await serve(proxyTo(world.app.url, rules));
      const found = await examine({ ...world.alone, OSS_PUBLIC_URL: `http://${host}` });
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
      fix: expect.stringContaining('publicPath: { addPrefix: "/api" }') as string,
    });
    const blind = await examine({ ...behind, DATABASE_URL: '' });
    expect(blind.find('path')).toMatchObject({
      status: 'skipped',
      fix: expect.stringContaining('publicPath') as string,
    });
    const live = await examine(behind, { live: true });
    expect(live.failures()).toEqual(['live.upload']);
    expect(live.find('live.upload').message).toMatch(/"Error status : 403\."/);
    expect(live.find('live.upload').fix).toContain('publicPath');
  });
});
