import { race, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallbackStepMessage, OSS_CALLBACK_CHANNEL } from '../../src/index.js';
import { startGatedApp } from '../limits/gated-app.js';
import { arrivalMs } from '../../src/callback/time-budget.js';
import {
  authoriseBody,
  CALLBACK_PATH,
  callbackHeaders,
  sendCallback,
} from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendBytes, sendRaw, toBytes } from '../support/raw-http.js';
import { Heard } from './heard.js';
import { useWorld, useWorlds } from '../support/test-app.js';
import { ANSWER_WITHIN_MS } from '../support/answer-times.js';

const MAX_BODY_BYTES = 4_000;

type Next = () => void;
interface Reply {
  statusCode: number;
  end(text: string): void;
}

/** With this, an interceptor of the host no longer waits for a callback. */
let giveUp: Subject<never>;

function endsIn({ messages }: Heard<CallbackStepMessage>) {
  return messages.filter(({ step }) => step === 'answered' || step === 'refused');
}

describe.each(platforms)('the channel of callbacks on %s', (platform) => {
  const world = useWorld(() =>
    startGatedApp(
      platform,
      {
        maxBodyBytes: MAX_BODY_BYTES,
        maxCallbacksInFlight: 1,
      },
      {
        configure: (app) => {
          app.use(({ url }: { url?: string }, response: Reply, next: Next) =>
            url?.endsWith('?busy') ? response.end('busy') : next(),
          );
          app.useGlobalInterceptors({
            intercept: (_context, handler) => race(handler.handle(), giveUp),
          });
        },
      },
    ),
  );
  let heard: Heard<CallbackStepMessage>;
  const ends = () => endsIn(heard);
  beforeEach(() => {
    giveUp = new Subject();
    heard = new Heard(OSS_CALLBACK_CHANNEL);
  });
  afterEach(() => {
    heard.stop();
    world.gate.open();
  });

  it('tells each step of a callback in its order, and how long its answer took', async () => {
    const { body, uploadId, object } = await authoriseBody(world, { reqId: '5B9CDDCC9D2B0CA8' });
    const sentAtMs = performance.now();
    await sendCallback(world, { body });
    const tookMs = performance.now() - sentAtMs;
    expect(heard.messages.map(({ step }) => step)).toEqual(['verified', 'recorded', 'answered']);
    const [end] = ends();
    expect(end).toEqual({
      step: 'answered',
      status: 'completed',
      uploadId,
      object,
      requestId: '5B9CDDCC9D2B0CA8',
      elapsedMs: expect.any(Number),
    });
    expect(end!.elapsedMs).toBeGreaterThan(0);
    expect(end!.elapsedMs).toBeLessThanOrEqual(tookMs);
  });

  it('tells of refusals by the capture, before anything was verified', async () => {
    await sendCallback(world, { body: 'x'.repeat(MAX_BODY_BYTES + 1) });
    expect(ends()).toEqual([expect.objectContaining({ step: 'refused', code: 'BODY_TOO_LARGE' })]);
  });

  it('tells of refusals by the guard, once', async () => {
    await sendRaw(world.url, { target: CALLBACK_PATH, body: 'a=1' });
    expect(ends()).toEqual([
      expect.objectContaining({ step: 'refused', code: 'SIGNATURE_MISSING' }),
    ]);
  });

  it('tells of refusals by the host, which ended the response on its own', async () => {
    const target = `${CALLBACK_PATH}?busy`;
    const { body } = await authoriseBody(world);
    const headers = callbackHeaders(world, { body, target });
    expect((await sendRaw(world.url, { target, body, headers })).status).toBe(500);
    expect(ends()).toEqual([expect.objectContaining({ step: 'refused', code: 'REFUSED_BY_APP' })]);
  });

  it('tells of refusals under the guard alone, once, though the app answers', async () => {
    await sendRaw(world.url, { target: '/guarded', body: 'a=1' });
    await sendRaw(world.url, { target: '/guarded', body: 'x'.repeat(MAX_BODY_BYTES + 1) });
    expect(ends().map(({ code }) => code)).toEqual(['SIGNATURE_MISSING', 'BODY_TOO_LARGE']);
  });

  it('tells of callbacks that are turned away', async () => {
    world.gate.close();
    const { body } = await authoriseBody(world);
    const held = sendCallback(world, { body });
    await world.gate.holds(1);
    await sendRaw(world.url, { target: CALLBACK_PATH, body: 'a=1' });
    expect(ends()).toEqual([expect.objectContaining({ step: 'refused', code: 'OVERLOADED' })]);
    world.gate.open();
    await held;
    expect(ends()).toHaveLength(2);
  });

  it('tells of one end where an interceptor of the host gives up before the method is done', async () => {
    world.gate.close();
    const { body } = await authoriseBody(world);
    const sent = sendCallback(world, { body });
    await world.gate.holds(1);
    giveUp.error(new Error('too slow for me'));
    expect((await sent).status).toBe(500);
    world.gate.open();
    // the method's answer is settled before the next callback gets its own
    await sendRaw(world.url, { target: CALLBACK_PATH, body: 'a=1' });
    expect(ends().map(({ step, code }) => [step, code])).toEqual([
      ['refused', 'ANSWER_FAILED'],
      ['refused', 'SIGNATURE_MISSING'],
    ]);
  });
});

describe.concurrent('the channel of callbacks, of a deadline', () => {
  const worlds = useWorlds((platform) =>
    startGatedApp(platform, { answerWithinMs: ANSWER_WITHIN_MS }),
  );

  // On both platforms in one test: a message of a callback without a body names no upload.
  it('tells of its refusals, where nothing is durable', async ({ onTestFinished }) => {
    const heard = new Heard<CallbackStepMessage>(OSS_CALLBACK_CHANNEL);
    onTestFinished(() => heard.stop());
    const withoutBody = { target: CALLBACK_PATH, headers: { 'Content-Length': '9' } };
    const responses = await Promise.all(
      worlds.map(([, { url }]) => sendBytes(url, toBytes(url, withoutBody))),
    );
    expect(responses.map(({ status }) => status)).toEqual([503, 503]);
    const ends = endsIn(heard).filter(({ uploadId }) => uploadId === undefined);
    const refused = expect.objectContaining({ step: 'refused', code: 'DEADLINE_EXCEEDED' });
    expect(ends).toEqual([refused, refused]);
    for (const { elapsedMs } of ends) {
      expect(elapsedMs).toBeGreaterThanOrEqual(arrivalMs(ANSWER_WITHIN_MS) - 50);
    }
  });

  it.for(worlds)(
    'tells, on %s, of its answers, where the row is durable, and not again when the method ends',
    async ([, world], { onTestFinished }) => {
      const heard = new Heard<CallbackStepMessage>(OSS_CALLBACK_CHANNEL);
      onTestFinished(() => heard.stop());
      world.gate.close();
      const { body, uploadId } = await authoriseBody(world);
      const response = await sendCallback(world, { body });
      expect(response.json()).toEqual({ uploadId, status: 'completed' });
      world.gate.open();
      // the method's answer is settled before the next callback gets its own
      const next = await authoriseBody(world);
      expect((await sendCallback(world, { body: next.body })).json()).toEqual({ taken: true });
      expect(endsIn(heard).filter((end) => end.uploadId === uploadId)).toEqual([
        expect.objectContaining({ step: 'answered', status: 'completed' }),
      ]);
    },
  );
});
