import { All, Controller, UseGuards } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IsInt } from 'class-validator';
import { createHash } from 'node:crypto';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { CallbackRefusals } from '../../src/callback/answer/callback-refusals.js';
import {
  CallbackVariables,
  CustomVariablesDto,
  ossCallbackEntities,
  OssCallbackGuard,
} from '../../src/index.js';
import { onServer } from '../support/server-connection.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  sendCallback,
} from '../support/oss-callbacks.js';
import { type PlatformName, platforms } from '../support/platforms.js';
import { type RawRequest, sendRaw } from '../support/raw-http.js';
import {
  createMigratedDatabase,
  startAppForTest,
  type TestApp,
  type TestAppOptions,
  useTestApp,
} from '../support/test-app.js';
import { countsOf, rowsOf } from './rejection-rows.js';
import { LogLines } from '../support/log-lines.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

const AUTHORIZATION = Buffer.alloc(64, 7).toString('base64');
const FORWARDED = { 'x-forwarded-for': '203.0.113.9' };

class AlbumVariables extends CustomVariablesDto {
  @IsInt()
  albumId!: number;
}

@Controller('guarded/:platform')
@UseGuards(OssCallbackGuard)
class GuardedController {
  @All()
  answer(@CallbackVariables() { albumId }: AlbumVariables) {
    return { albumId };
  }
}

function createTrustingAdapter(platform: PlatformName) {
  if (platform === 'Fastify') return new FastifyAdapter({ trustProxy: '127.0.0.1' });
  const adapter = new ExpressAdapter();
  adapter.set('trust proxy', 'loopback');
  return adapter;
}

async function recorded(world: TestApp) {
  await world.app.get(CallbackRefusals).flush();
  return rowsOf(world.dataSource);
}

describe.each(platforms)('refused callbacks of an app on %s', (platform) => {
  const start = (options: TestAppOptions = {}) =>
    startAppForTest({ platform, signsCallbacks: true, ...options });

  it('are on record with what tells why, and with no secret', async () => {
    const log = new LogLines();
    const world = await start({ logger: log });
    const target = `${CALLBACK_PATH}?token=of-the-app`;
    const { body, uploadId } = await authoriseBody(world, {}, { target });
    const ticket = new URLSearchParams(body).get('x:ticket')!;
    const large = body.replace('size=5', 'size=seven');
    await sendCallback(world, { target, body: large });
    await sendCallback(world, { target, body: body.replace('size=5', 'size=6') });
    await sendCallback(world, { target, body: body.replace('bucket=uploads', 'bucket=others') });
    const moved = body.replace('object=', 'object=elsewhere%2F');
    await sendCallback(world, { target, body: moved });
    await sendCallback(world, { target, body, headers: { authorization: AUTHORIZATION } });
    const rows = await recorded(world);
    expect(rows.map(({ code }) => code)).toEqual([
      'MALFORMED_BODY',
      'BUCKET_UNKNOWN',
      'TICKET_INVALID',
      'SIGNATURE_INVALID',
    ]);
    expect(rows[2]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      rejectedAt: expect.any(Date),
      code: 'TICKET_INVALID',
      reason: expect.stringContaining('The ticket is not valid.'),
      signed: true,
      occurrences: 1,
      path: CALLBACK_PATH,
      publicKeyUrl: `${world.oss.url}/callback_pub_key_v1.pem`,
      remoteAddress: '127.0.0.1',
      bodyDigest: createHash('sha256').update(moved).digest('hex'),
      bodyBytes: moved.length,
      uploadId: null,
    });
    expect(rows[3]).toMatchObject({ signed: false, bodyBytes: body.length });
    const everything = JSON.stringify(rows);
    for (const secret of [ticket, ticket.slice(20, 60), 'of-the-app', AUTHORIZATION]) {
      expect(everything).not.toContain(secret);
    }
    expect(log.lines.join('\n')).not.toContain(ticket.slice(20, 60));
    expect(log.lines.join('\n')).not.toContain(AUTHORIZATION);
    // what was refused took nothing away
    expect(await world.audit.get(uploadId)).toMatchObject({ status: 'completed', size: 6 });
  });
});

// Deadlines pass at once, and only when every app is there.
describe.concurrent('refused callbacks', () => {
  const log = new LogLines(); // of all these apps: Nest has one logger in a process
  const options = { maxBodyBytes: 1_024, answerWithinMs: ANSWER_WITHIN_MS };
  const apps = platforms.map((platform) => {
    const own = { platform, signsCallbacks: true, logger: log, options };
    const worlds = {
      trusting: useTestApp(() => ({ ...own, adapter: createTrustingAdapter(platform) })),
      plain: useTestApp(own),
      guarded: useTestApp({
        ...own,
        controllers: [GuardedController],
        options: { ...options, callback: { url: 'http://127.0.0.1:1/elsewhere' } },
      }),
    };
    return [platform, worlds] as const;
  });

  describe.each(apps)('of an app on %s', (platform, { trusting, plain, guarded }) => {
    it.each([
      ['as the proxy says, where the host trusts it', trusting, FORWARDED['x-forwarded-for']],
      ['as the connection says, where the host trusts none', plain, '127.0.0.1'],
    ])('say who sent them, %s', async (_how, world, expected) => {
      await sendCallback(world, { body: 'bucket=uploads', headers: FORWARDED });
      await sendRaw(world.url, { target: CALLBACK_PATH, headers: FORWARDED, body: 'a' });
      const body = 'a'.repeat(2_000);
      await sendRaw(world.url, { target: CALLBACK_PATH, headers: FORWARDED, body });
      const unfinished = { ...FORWARDED, 'content-length': '50' };
      await sendRaw(world.url, { target: CALLBACK_PATH, headers: unfinished, body: 'a' });
      const rows = await recorded(world);
      expect(rows.map(({ code, remoteAddress }) => [code, remoteAddress])).toEqual([
        ['TICKET_MISSING', expected],
        ['SIGNATURE_MISSING', expected],
        ['BODY_TOO_LARGE', expected],
        ['DEADLINE_EXCEEDED', expected],
      ]);
    });

    it('are on record and in the log under the guard alone too, once each, though the app answers', async () => {
      const target = `/guarded/${platform}`;
      const send = async (body: string, headers?: Record<string, string>) =>
        (await sendCallback(guarded, { target, body, headers })).status;
      const sendUnsigned = async (request: Partial<RawRequest>) =>
        (await sendRaw(guarded.url, { target, ...request })).status;
      const { body } = await authoriseBody(
        guarded,
        { 'x:album_id': 'seven' },
        { variables: { albumId: 'seven' }, target },
      );
      const answers = [
        await sendUnsigned({ body: 'a=1' }),
        await send(body, { authorization: AUTHORIZATION }),
        await send('bucket=uploads&object=a'),
        await send('a'.repeat(2_000)),
        await sendUnsigned({ headers: { 'content-length': '50' }, body: 'a' }),
        await sendUnsigned({ method: 'PUT' }),
        await send(body),
      ];
      expect(answers).toEqual([401, 403, 403, 413, 503, 400, 400]);
      const rows = await recorded(guarded);
      const codes = [
        'SIGNATURE_MISSING',
        'SIGNATURE_INVALID',
        'TICKET_MISSING',
        'BODY_TOO_LARGE',
        'DEADLINE_EXCEEDED',
        'MALFORMED_REQUEST',
        'INVALID_VARIABLES',
      ];
      expect(rows.map(({ code, path }) => [code, path])).toEqual(
        codes.map((code) => [code, target]),
      );
      const line = new RegExp(`^(\\w+) for P(?:OS|U)T "${target}"`);
      const lines = log.lines.flatMap((text) => line.exec(text)?.[1] ?? []);
      expect(lines).toEqual(codes);
    });
  });
});

describe('refused callbacks of an app', () => {
  const start = (options: TestAppOptions = {}) =>
    startAppForTest({ platform: 'Fastify', signsCallbacks: true, ...options });

  it('fill neither log nor table, however many come', async () => {
    const log = new LogLines();
    const world = await start({ logger: log });
    const headers = callbackHeaders(world, { body: 'other' });
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 30 }, async () => {
          const target = CALLBACK_PATH;
          const { status } = await sendRaw(world.url, { target, headers, body: 'noise' });
          expect(status).toBe(403);
        }),
      );
      await sendCallback(world, { body: 'bucket=uploads&object=a' });
    }
    const lines = (code: string) => log.lines.filter((line) => line.startsWith(`${code} for`));
    expect(lines('SIGNATURE_INVALID')).toHaveLength(20);
    expect(lines('TICKET_MISSING')).toHaveLength(10);
    const rows = await recorded(world);
    expect(log.lines.filter((line) => line.includes('280 more refusals of'))).toHaveLength(1);
    expect(rows.filter(({ signed }) => signed)).toHaveLength(10);
    expect(rows.filter(({ signed }) => !signed)).toHaveLength(2);
    expect(await countsOf(world.dataSource)).toEqual({
      SIGNATURE_INVALID: 300,
      TICKET_MISSING: 10,
    });
  });

  it('are all on record when the app has shut down', async () => {
    const database = await createMigratedDatabase();
    const reader = new DataSource({
      type: 'postgres',
      url: database.url,
      entities: ossCallbackEntities,
    });
    const world = await start({ database });
    try {
      const body = 'bucket=uploads&object=a';
      await Promise.all(
        Array.from({ length: 20 }, () =>
          Promise.all([
            sendCallback(world, { body }),
            sendRaw(world.url, { target: CALLBACK_PATH, body }),
          ]),
        ),
      );
      await world.app.close();
      await reader.initialize();
      expect(await countsOf(reader)).toEqual({ TICKET_MISSING: 20, SIGNATURE_MISSING: 20 });
    } finally {
      if (reader.isInitialized) await reader.destroy();
      await database.drop();
    }
  });

  it('are answered all the same while their table is away, and on record when it is back', async () => {
    const world = await start();
    const rename = (from: string, to: string) =>
      onServer(world.database.url, (client) => client.query(`ALTER TABLE ${from} RENAME TO ${to}`));
    await rename('oss_callback_rejections', 'away');
    for (let count = 0; count < 5; count += 1) {
      const { status } = await sendCallback(world, { body: 'bucket=uploads&object=a' });
      expect(status).toBe(403);
    }
    const { body } = await authoriseBody(world);
    expect((await sendCallback(world, { body })).status).toBe(200);
    expect(await recorded(world).catch(() => 'no table')).toBe('no table');
    await rename('away', 'oss_callback_rejections');
    await sendCallback(world, { body: 'bucket=uploads&object=a' });
    expect(await recorded(world)).toHaveLength(1);
  });
});
