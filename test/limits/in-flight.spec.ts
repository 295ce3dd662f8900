import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect, type Socket } from 'node:net';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OssUpload } from '../../src/index.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  sendCallback,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { type RawResponse, sendBytes, sendRaw, toBytes } from '../support/raw-http.js';
import { outcomeOf, startGatedApp } from './gated-app.js';
import { useDatabase, useWorld, useWorlds } from '../support/test-app.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

const MAX = 2;
const OVERLOADED = [503, { code: 'OVERLOADED', message: 'Too many callbacks at once.' }];
const TAKEN = [200, { taken: true }];

describe.each(platforms)('a cap of two callbacks in flight on %s', (platform) => {
  const database = useDatabase();
  const world = useWorld(
    () => startGatedApp(platform, { maxCallbacksInFlight: MAX }, { database }),
    beforeEach,
  );
  let held: Promise<RawResponse>[];

  async function send(target = CALLBACK_PATH): Promise<RawResponse> {
    const { body } = await authoriseBody(world, {}, { target });
    return sendCallback(world, { body, target });
  }

  /** As many callbacks as there may be, each of them at work. */
  async function fill(target = CALLBACK_PATH): Promise<void> {
    world.gate.close();
    held = Array.from({ length: MAX }, () => send(target));
    await world.gate.holds(MAX);
  }

  it('one more is answered 503 at once, in JSON; those in flight are not disturbed', async () => {
    const before = await world.dataSource.manager.count(OssUpload);
    await fill();
    const answer = await send();
    expect(outcomeOf(answer)).toEqual(OVERLOADED);
    expect(answer.header('content-type')).toBe('application/json');
    expect(Number(answer.header('content-length'))).toBe(answer.body.byteLength);
    expect(await (await fetch(`${world.url}/alive`)).text()).toBe('yes');

    world.gate.open();
    expect((await Promise.all(held)).map(outcomeOf)).toEqual([TAKEN, TAKEN]);
    expect(outcomeOf(await send())).toEqual(TAKEN);
    expect(await world.dataSource.manager.count(OssUpload)).toBe(before + MAX + 1);
  });

  it('nothing is looked at in it: not its signature, not its length', async () => {
    await fill();
    const bad = { target: CALLBACK_PATH, body: 'not signed', headers: {} };
    expect(outcomeOf(await sendRaw(world.url, bad))).toEqual(OVERLOADED);
    const huge = { ...bad, body: 'x'.repeat(100_000) };
    expect(outcomeOf(await sendRaw(world.url, huge))).toEqual(OVERLOADED);
  });

  it('the sender of one that is turned away may send the next on the same connection', async () => {
    await fill();
    const { body } = await authoriseBody(world);
    const bytes = toBytes(world.url, {
      target: CALLBACK_PATH,
      headers: callbackHeaders(world, { body }),
      body,
    });
    const text = await exchangeUntil(
      world.url,
      [bytes, bytes],
      (so) => count(so, '"OVERLOADED"') === 2,
    );
    expect(count(text, 'HTTP/1.1 503 ')).toBe(2);
    expect(text).not.toMatch(/connection: close/i);
  });

  it('a body that never comes is not waited for: 503, and the connection is closed', async () => {
    await fill();
    const head = toBytes(world.url, { target: CALLBACK_PATH, headers: { 'Content-Length': '9' } });
    const closed = exchangeUntil(world.url, [head], () => false);
    const answer = await sendBytes(world.url, head);
    expect(outcomeOf(answer)).toEqual(OVERLOADED);
    expect(answer.header('connection')).toBe('close');
    expect(await closed).toContain('OVERLOADED');
    // it was not their deadline that made room
    world.gate.open();
    expect((await Promise.all(held)).map(outcomeOf)).toEqual([TAKEN, TAKEN]);
  });

  it('where the guard is used alone, the app answers 503 in its own form', async () => {
    await fill('/guarded');
    const answer = await send('/guarded');
    expect(outcomeOf(answer)).toEqual(OVERLOADED);
    world.gate.open();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([201, 201]);
    expect((await send('/guarded')).status).toBe(201);
  });

  it('those whose sender has gone make room', async () => {
    world.gate.close();
    const { body } = await authoriseBody(world);
    const bytes = toBytes(world.url, {
      target: CALLBACK_PATH,
      headers: callbackHeaders(world, { body }),
      body,
    });
    const sockets = await Promise.all([open(world.url), open(world.url)]);
    for (const socket of sockets) socket.write(bytes);
    await world.gate.holds(MAX);
    expect(outcomeOf(await send())).toEqual(OVERLOADED);
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => {
      const answer = sendRaw(world.url, { target: CALLBACK_PATH, body: 'not signed' });
      expect((await answer).status).toBe(401);
    }, 10_000);
  });

  it.runIf(platform === 'Fastify')('those that come through inject() make room too', async () => {
    const app = world.app as NestFastifyApplication;
    for (let sent = 0; sent <= MAX; sent += 1) {
      const { body } = await authoriseBody(world);
      const answer = await app.inject({
        method: 'POST',
        url: CALLBACK_PATH,
        headers: callbackHeaders(world, { body }),
        payload: body,
      });
      expect(answer.statusCode).toBe(200);
    }
  });
});

const hurriedWorlds = useWorlds((platform) =>
  startGatedApp(platform, { maxCallbacksInFlight: MAX, answerWithinMs: ANSWER_WITHIN_MS }),
);

describe.concurrent.each(hurriedWorlds)(
  'callbacks that end with their deadline, on %s',
  (_platform, world) => {
    it('make room: a hanging method, and a body drop by drop', async () => {
      world.gate.close();
      const hanging = sendCallback(world, await authoriseBody(world));
      const head = toBytes(world.url, {
        target: CALLBACK_PATH,
        headers: { 'Content-Length': '99' },
      });
      const slow = await exchangeUntil(world.url, [head], () => false, 'x');
      expect(slow).toMatch(/^HTTP\/1\.1 503 .*"code":"DEADLINE_EXCEEDED"/s);
      expect(slow).toMatch(/connection: close/i);
      const receipt = { uploadId: expect.any(String), status: 'completed' };
      expect(outcomeOf(await hanging)).toEqual([200, receipt]);

      world.gate.open();
      const bodies = await Promise.all(Array.from({ length: MAX }, () => authoriseBody(world)));
      const answers = await Promise.all(bodies.map((callback) => sendCallback(world, callback)));
      expect(answers.map(outcomeOf)).toEqual([TAKEN, TAKEN]);
    });
  },
);

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.on('error', () => undefined);
  });
}

/**
 * What comes back on one connection until it is enough, or the server closes it.
 * @param drops sent again and again after the rest
 */
async function exchangeUntil(
  url: string,
  parts: Uint8Array[],
  isEnough: (soFar: string) => boolean,
  drops?: string,
): Promise<string> {
  const socket = await open(url);
  const timer = drops && setInterval(() => socket.write(drops), 100);
  for (const part of parts) socket.write(part);
  let text = '';
  await new Promise<void>((resolve) => {
    socket.on('close', resolve);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (isEnough(text)) resolve();
    });
  });
  clearInterval(timer || undefined);
  socket.destroy();
  return text;
}
