import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  UseGuards,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CallbackRefusals } from '../../src/callback/answer/callback-refusals.js';
import { OssCallback } from '../../src/index.js';
import { CALLBACK_PATH, callbackHeaders, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { type TestApp, useTestApp } from '../support/test-app.js';
import { rowsOf } from './rejection-rows.js';

/** Says in its refusal what the URL was, as guards and routers do. */
class Talkative implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { url } = context.switchToHttp().getRequest<{ url: string }>();
    if (!url.includes('refuse')) return true;
    throw new ForbiddenException(
      `${url} and ${decodeURIComponent(url)} and ${JSON.stringify(url)}`,
    );
  }
}

@Controller()
class CallbackController {
  @OssCallback(['oss/callback', 'oss/any/:name'])
  @UseGuards(Talkative)
  answer() {
    return { taken: true };
  }
}

/** With characters that JSON and URLs write in other ways, and longer than what is cut. */
const TOKEN = `s3cret"<${'t0ken/'.repeat(60)}`;
const QUERY = `?a=1&token=${TOKEN.replaceAll('<', '%3C')}`;
/** A part of it in no other form than this. */
const PIECES = ['s3cret', 't0ken', 'token=', encodeURIComponent('t0ken/')];

const forged = { authorization: Buffer.alloc(64, 7).toString('base64') };

const TARGET = `${CALLBACK_PATH}${QUERY}`;
const REORDERED = `${CALLBACK_PATH}?${QUERY.slice(1).split('&').toReversed().join('&')}`;
const IN_PATH = encodeURIComponent(TOKEN);
const body = 'bucket=uploads&object=a';

type Send = (world: TestApp) => Promise<unknown>;

/** A callback of OSS for one URL that arrives at another. */
const sent =
  (signed: string, target: string, headers = {}, arrived = 'a=1'): Send =>
  (world) => {
    const { 'content-length': _, ...rest } = callbackHeaders(world, {
      body: 'a=1',
      target: signed,
      headers,
    });
    return sendRaw(world.url, { target, headers: rest, body: arrived });
  };

const requests: [what: string, send: Send][] = [
  ['no signature', (world) => sendRaw(world.url, { target: TARGET, body: 'a' })],
  [
    'a forged signature',
    (world) => sendCallback(world, { target: TARGET, headers: forged, body: 'a' }),
  ],
  ['a body that was changed', sent(TARGET, TARGET, {}, 'other')],
  ['a query that a proxy reordered', sent(REORDERED, TARGET)],
  [
    'a query that a proxy wrote again',
    sent(`${CALLBACK_PATH}?token=a+b${TOKEN}`, `${CALLBACK_PATH}?token=a%20b${TOKEN}`),
  ],
  [
    'a query that a proxy dropped, in a header',
    sent(TARGET, CALLBACK_PATH, { 'x-original-uri': TARGET }),
  ],
  [
    'a query that a proxy dropped, of the configured URL',
    sent(`${CALLBACK_PATH}?token=t0ken`, CALLBACK_PATH),
  ],
  ['a prefix that a proxy removed', sent(`/api${TARGET}`, TARGET)],
  ['a path that OSS cannot sign', sent(CALLBACK_PATH, `/oss/any/%0A${QUERY}`)],
  ['a question mark that a proxy encoded', sent(CALLBACK_PATH, `/oss/any/b%3Ftoken=${IN_PATH}`)],
  ['a question mark encoded twice', sent(CALLBACK_PATH, `/oss/any/b%253Ftoken=${IN_PATH}`)],
  ['a guard of the app', (world) => sendCallback(world, { target: `${TARGET}&refuse`, body })],
  ['a callback without a ticket', (world) => sendCallback(world, { target: TARGET, body })],
];

describe.each(platforms)('the table of refusals of an app on %s', (platform) => {
  const world = useTestApp({
    platform,
    controllers: [CallbackController],
    signsCallbacks: true,
    options: { callback: { url: `https://api.example.com${CALLBACK_PATH}?token=t0ken` } },
  });

  it.each(requests)('has nothing of a token in the URL: %s', async (_what, request) => {
    await world.dataSource.query('TRUNCATE oss_callback_rejections');
    await request(world);
    await world.app.get(CallbackRefusals).flush();
    const rows = await rowsOf(world.dataSource);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ path: expect.stringMatching(/^\/oss\/(callback$|any)/) });
    for (const piece of PIECES) expect(JSON.stringify(rows)).not.toContain(piece);
  });
});
