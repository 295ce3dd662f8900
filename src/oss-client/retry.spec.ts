import { describe, expect, it } from 'vitest';
import { OssCallbackError } from '../common/errors.js';
import { sendWithRetries } from './retry.js';

const silence = () => new OssCallbackError('OSS_UNAVAILABLE', 'OSS did not respond.');

/** Answers with these in turn, the last one for ever. */
function server(...answers: (number | Error)[]) {
  const pauses: number[] = [];
  let calls = 0;
  const send = async () => {
    const answer = answers[Math.min(calls, answers.length - 1)]!;
    calls += 1;
    if (answer instanceof Error) throw answer;
    return { status: answer, headers: {}, text: `call ${calls}` };
  };
  const pause = async (ms: number) => void pauses.push(ms);
  return { send, pause, pauses, calls: () => calls };
}

describe('sendWithRetries', () => {
  it.each([[silence()], [500], [503], [429]])('sends again after %s', async (failure) => {
    const { send, pause, calls } = server(failure, failure, 200);
    expect((await sendWithRetries(send, { pause })).text).toBe('call 3');
    expect(calls()).toBe(3);
  });

  it.each([200, 203, 400, 403, 404, 409])('takes %i as it is', async (status) => {
    const { send, pause, calls } = server(status);
    expect((await sendWithRetries(send, { pause })).status).toBe(status);
    expect(calls()).toBe(1);
  });

  it('gives up in the end, after pauses that grow', async () => {
    const { send, pause, pauses, calls } = server(silence());
    await expect(sendWithRetries(send, { pause })).rejects.toMatchObject({
      code: 'OSS_UNAVAILABLE',
    });
    expect(calls()).toBe(6);
    expect(pauses).toHaveLength(5);
    for (const [index, ms] of pauses.entries()) {
      expect(ms).toBeGreaterThanOrEqual(100 * 2 ** index);
      expect(ms).toBeLessThanOrEqual(200 * 2 ** index);
    }
    const busy = server(503);
    expect((await sendWithRetries(busy.send, { pause: busy.pause })).status).toBe(503);
    expect(busy.calls()).toBe(6);
  });

  it('does not repeat what failed for another reason', async () => {
    const { send, pause, calls } = server(new Error('the file is gone'));
    await expect(sendWithRetries(send, { pause })).rejects.toThrow('the file is gone');
    expect(calls()).toBe(1);
  });

  it('stops at once when it is told to, also during a pause', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const { send, calls } = server(silence());
    const sending = sendWithRetries(
      () => {
        setImmediate(() => stop.abort(reason));
        return send();
      },
      { signal: stop.signal },
    );
    await expect(sending).rejects.toBe(reason);
    expect(calls()).toBe(1);
    await expect(sendWithRetries(send, { signal: stop.signal })).rejects.toBe(reason);
    expect(calls()).toBe(1);
  });
});
