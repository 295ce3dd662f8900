import { describe, expect, it, onTestFinished } from 'vitest';
import { assumeRole } from '../../src/oss-client/sts.js';
import { policyForObject } from '../../src/protocol/signing/access-policy.js';
import { findFreePort } from '../../src/testing/free-port.js';
import { BUCKET, useWorld } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';
import { proxyTo, serve, without } from './doctor-servers.js';
import {
  CREDENTIALS,
  examine,
  PAGE_ORIGIN,
  startDoctoredApp,
  VERSIONED_BUCKET,
} from './doctor-world.js';

const world = useWorld(() => startDoctoredApp());

const ok = { status: 'ok' };

describe('the doctor names a fault of a bucket:', () => {
  it.each([
    [{ OSS_ACCESS_KEY_SECRET: 'another-secret' }, /SignatureDoesNotMatch/, /OSS_ACCESS_KEY_SECRET/],
    [{ OSS_ACCESS_KEY_ID: 'another-id' }, /InvalidAccessKeyId/, /OSS_ACCESS_KEY_ID/],
    [{ OSS_BUCKET: 'no-such-bucket' }, /404 NoSuchBucket/, /OSS_BUCKET/],
  ])('%o', async (wrong, message, fix) => {
    const found = await examine({ ...world.alone, ...wrong });
    expect(found.find('bucket.main.head').message).toMatch(message);
    expect(found.find('bucket.main.head').fix).toMatch(fix);
    expect(found.failures()).toEqual(['bucket.main.head']);
    expect(found.find('clock')).toMatchObject(ok);
  });

  it('an endpoint where nothing answers', async () => {
    const endpoint = `http://127.0.0.1:${await findFreePort()}`;
    const found = await examine({ ...world.alone, OSS_ENDPOINT: endpoint });
    expect(found.find('bucket.main.head').message).toContain(`from ${endpoint}: `);
    expect(found.find('bucket.main.head').fix).toContain('OSS_ENDPOINT');
    expect(found.failures()).toEqual(['bucket.main.head']);
  });

  it.each([
    ['oss:PutObject', 'bucket.main.head', /oss:GetObject/],
    ['oss:GetObject', 'bucket.main.put', /oss:PutObject/],
  ])('credentials that have %s alone', async (right, id, fix) => {
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
        ...world.alone,
        OSS_ACCESS_KEY_ID: granted.accessKeyId,
        OSS_ACCESS_KEY_SECRET: granted.accessKeySecret,
        OSS_SECURITY_TOKEN: granted.securityToken,
      },
      { live: true },
    );
    expect(found.find(id).message).toContain('403 AccessDenied');
    expect(found.find(id).fix).toMatch(fix);
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
    const found = await examine(world.alone, { origin: 'https://elsewhere.test' });
    expect(found.find('bucket.main.cors').message).toContain('403 AccessForbidden');
    expect(found.find('bucket.main.cors').fix).toContain('AllowedOrigin https://elsewhere.test');
    expect(found.failures()).toEqual(['bucket.main.cors']);
    expect(
      (await examine(world.alone, { origin: PAGE_ORIGIN })).find('bucket.main.cors'),
    ).toMatchObject(ok);
  });

  it.each([
    ['of all', '*', 'PUT, POST', '*', 'ETag', 'ok', /may upload to uploads with PUT and POST/],
    ['without PUT', '*', 'GET, POST', '*', 'ETag', 'failed', /the allowed methods are get, post/],
    [
      'without the headers',
      PAGE_ORIGIN,
      'PUT, POST',
      'content-type, X-Oss-Meta-Upload-Id',
      'ETag',
      'failed',
      /the headers x-oss-forbid-overwrite, x-oss-object-acl are not allowed/,
    ],
    [
      'of another page',
      'https://b.test',
      'PUT',
      '*',
      'ETag',
      'failed',
      /origin is "https:\/\/b\.test"/,
    ],
    ['that exposes nothing', '*', 'PUT, POST', '*', '', 'warning', /exposes the ETag/],
  ])('a CORS rule %s', async (_what, origin, methods, headers, exposed, status, message) => {
    const rule = {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': methods,
      'access-control-allow-headers': headers,
      'access-control-expose-headers': exposed,
    };
    const forward = proxyTo(world.app.oss.url, {
      answer: (given) => without(given, 'access-control-expose-headers'),
    });
    const host = await serve((request, response) => {
      if (request.method === 'OPTIONS') response.writeHead(200, rule).end();
      else forward(request, response);
    });
    const oss = { ...world.alone, OSS_LOCAL_URL: `http://${host}` };
    const cors = (await examine(oss, { origin: PAGE_ORIGIN })).find('bucket.main.cors');
    expect(cors.status).toBe(status);
    expect(cors.message).toMatch(message);
  });

  it('versioning that differs from the option', async () => {
    const versioned = await examine({ ...world.alone, OSS_BUCKET: VERSIONED_BUCKET });
    expect(versioned.find('bucket.main.versioning').message).toContain('Versioning is enabled');
    expect(versioned.failures()).toEqual(['bucket.main.versioning']);
    const plain = await examine({ ...world.alone, OSS_VERSIONED: 'true' });
    expect(plain.find('bucket.main.versioning')).toMatchObject({ status: 'warning' });
    const right = await examine({
      ...world.alone,
      OSS_BUCKET: VERSIONED_BUCKET,
      OSS_VERSIONED: 'true',
    });
    expect(right.find('bucket.main.versioning')).toMatchObject(ok);
  });

  it.each([
    [20, 'failed', /behind OSS's\. OSS refuses requests that are signed more than 15 minutes off/],
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
    const found = await examine({ ...world.alone, OSS_LOCAL_URL: `http://${oss}` });
    expect(found.find('clock')).toMatchObject({
      status,
      message: expect.stringMatching(message) as string,
    });
    expect(found.failures()).toEqual(status === 'failed' ? ['clock'] : []);
  });

  it('a local OSS that is not there, and something else in its place', async () => {
    const closed = `http://127.0.0.1:${await findFreePort()}`;
    const away = await examine({ ...world.alone, OSS_LOCAL_URL: closed });
    expect(away.find('localOss').fix).toContain('npx oss-simulator');
    expect(away.failures()).toEqual(['localOss', 'bucket.main.head']);
    const other = await examine({ ...world.alone, OSS_LOCAL_URL: world.app.url });
    expect(other.find('localOss').message).toContain('Something other than the local OSS');
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
  ])('%s', async (_what, wrong, message, fix) => {
    const url = Object.assign(new URL(world.env.DATABASE_URL!), wrong);
    const found = await examine({ ...world.env, DATABASE_URL: url.href });
    expect(found.find('database').message).toMatch(message);
    expect(found.find('database').fix).toMatch(fix);
    expect(found.failures()).toEqual(['database']);
    expect(found.text).not.toContain('pa55-w0rd');
  });

  it('tables that are missing', async () => {
    const empty = await createTestDatabase();
    onTestFinished(() => empty.drop());
    const found = await examine({ ...world.env, DATABASE_URL: empty.url });
    expect(found.find('database.tables').message).toContain(
      'oss_uploads, oss_upload_tickets, oss_callback_rejections',
    );
    expect(found.find('database.tables').fix).toContain('runOssCallbackMigrations');
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
      { ...world.env, OSS_TICKET_SECRETS: 'YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3Ro' },
      { live: true },
    );
    expect(found.find('live.upload').message).toContain('The app recorded TICKET_INVALID');
    expect(found.find('live.upload').fix).toContain('OSS_TICKET_SECRETS');
    expect(found.failures()).toEqual(['live.upload']);
    expect(world.app.oss.objects.list()).toEqual([]);
  });

  it('variables that the route asks for, and takes them', async () => {
    const albums = { ...world.env, OSS_CALLBACK_URL: '/oss/albums' };
    const bare = await examine(albums, { live: true });
    expect(bare.find('live.upload').message).toContain('INVALID_VARIABLES');
    expect(bare.find('live.upload').fix).toContain('--variable');
    const full = await examine(albums, { live: true, variables: { 'x:album': 'summer' } });
    expect(full.failures()).toEqual([]);
  });
});
