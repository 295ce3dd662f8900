import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OssCallbackError } from '../../common/errors.js';
import { describeMistake, mistakesOf } from './checked.js';
import { checkCredentials } from './credentials.js';
import type { OssCredentials, OssCredentialsProvider, ProvidedCredentials } from '../options.js';
import type { GetCredentials } from '../resolved.js';

const SECRET = 'CanarySecretOfTheAccount';
const TOKEN = 'CanaryTokenOfTheAccount';
const minutes = (count: number) => count * 60_000;

function temporary(number: number, lifeMinutes: number): ProvidedCredentials {
  return {
    accessKeyId: `STS.${number}`,
    accessKeySecret: SECRET,
    securityToken: TOKEN,
    expiresAt: new Date(Date.now() + minutes(lifeMinutes)),
  };
}

/** The option's credentials, as the app uses them. */
function credentialsOf(credentials: OssCredentials | OssCredentialsProvider): GetCredentials {
  const checked = checkCredentials('credentials', credentials, { samplesAllowed: false });
  return checked.ok ? checked.value : expect.fail('the credentials were refused');
}

/** A provider whose answers the test gives, one for each time it is asked. */
function provider() {
  const calls: Deferred<ProvidedCredentials>[] = [];
  const get = credentialsOf(() => {
    let settle!: Pick<Deferred<ProvidedCredentials>, 'resolve' | 'reject'>;
    const promise = new Promise<ProvidedCredentials>((resolve, reject) => {
      settle = { resolve, reject };
    });
    calls.push({ promise, ...settle });
    return promise;
  });
  return { get, calls };
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function failure(promise: Promise<unknown>): Promise<OssCallbackError> {
  return promise.then(
    () => Promise.reject(new Error('It did not fail')),
    (error: OssCallbackError) => error,
  );
}

describe('fixed credentials', () => {
  it.each([
    [{}, 'accessKeyId" is missing'],
    [{ accessKeyId: 'LTAI5tKey', accessKeySecret: '' }, 'accessKeySecret" is missing'],
    [{ accessKeyId: ' LTAI5tKey', accessKeySecret: SECRET }, 'accessKeyId" begins or ends'],
    [{ accessKeyId: 'LTAI5tKey', accessKeySecret: 'your-secret' }, 'is a placeholder'],
    [{ accessKeyId: 'LTAI5tKey', accessKeySecret: SECRET, securityToken: ' ' }, 'securityToken"'],
    [{ accessKeyId: 'LTAI5tKey', accessKeySecret: 5 }, 'accessKeySecret" is missing'],
  ])('%j are refused when the app starts', (credentials, problem) => {
    const option = 'buckets.main.credentials';
    const checked = checkCredentials(option, credentials as never, { samplesAllowed: false });
    const mistakes = mistakesOf(checked).map(describeMistake);
    expect(mistakes[0]).toContain(`option "${option}.`);
    expect(mistakes[0]).toContain(problem);
    expect(mistakes.join()).not.toContain(SECRET);
  });

  it('are given as they are, and cannot be altered', async () => {
    const credentials = { accessKeyId: 'LTAI5tKey', accessKeySecret: SECRET, securityToken: '' };
    const get = credentialsOf(credentials);
    credentials.accessKeyId = 'another';
    expect(await get(1e9)).toEqual({ accessKeyId: 'LTAI5tKey', accessKeySecret: SECRET });
    expect(Object.isFrozen(await get())).toBe(true);
  });
});

describe('a function that gives credentials', () => {
  it('is not called before they are needed, and once for all concurrent callers', async () => {
    const { get, calls } = provider();
    expect(calls).toHaveLength(0);
    const waiting = Promise.all([get(), get(900), get()]);
    expect(calls).toHaveLength(1);
    calls[0]!.resolve(temporary(1, 60));
    expect((await waiting).map(({ accessKeyId }) => accessKeyId)).toEqual(Array(3).fill('STS.1'));
    vi.advanceTimersByTime(minutes(54));
    expect(await get()).toMatchObject({ accessKeyId: 'STS.1' });
    expect(calls).toHaveLength(1);
  });

  it('is called again before they expire, in the background', async () => {
    const { get, calls } = provider();
    const first = get();
    calls[0]!.resolve(temporary(1, 60));
    await first;
    vi.advanceTimersByTime(minutes(56));
    expect(await Promise.all([get(), get()])).toMatchObject([
      { accessKeyId: 'STS.1' },
      { accessKeyId: 'STS.1' },
    ]);
    expect(calls).toHaveLength(2);
    calls[1]!.resolve(temporary(2, 60));
    await vi.advanceTimersByTimeAsync(0);
    expect(await get()).toMatchObject({ accessKeyId: 'STS.2' });
    expect(calls).toHaveLength(2);
  });

  it('is waited for where they have expired, or nearly', async () => {
    for (const age of [minutes(60) - 20_000, minutes(61)]) {
      const { get, calls } = provider();
      const first = get();
      calls[0]!.resolve(temporary(1, 60));
      await first;
      vi.advanceTimersByTime(age);
      const second = get();
      calls[1]!.resolve(temporary(2, 60));
      expect(await second).toMatchObject({ accessKeyId: 'STS.2' });
    }
  });

  it('is asked for others where they do not last, but not for each upload', async () => {
    const { get, calls } = provider();
    const first = get(60);
    calls[0]!.resolve(temporary(1, 60));
    await first;
    vi.advanceTimersByTime(minutes(30));
    const second = get(3_600);
    calls[1]!.resolve(temporary(2, 45));
    expect(await second).toMatchObject({ accessKeyId: 'STS.2' }); // the longest there are
    expect(await get(3_600)).toMatchObject({ accessKeyId: 'STS.2' });
    expect(calls).toHaveLength(2);
  });

  it('may fail as long as the last ones are good, and the log says so without a secret', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { get, calls } = provider();
    const first = get();
    calls[0]!.resolve(temporary(1, 60));
    await first;
    vi.advanceTimersByTime(minutes(57));
    await get();
    calls[1]!.reject(new Error(`refused ${SECRET} with ${TOKEN}`));
    await vi.advanceTimersByTimeAsync(0);
    expect(warn.mock.calls.flat().join('\n')).toMatch(/could not be renewed.*refused \(secret\)/);
    expect(warn.mock.calls.flat().join('\n')).not.toContain('Canary');
    expect(await get()).toMatchObject({ accessKeyId: 'STS.1' });
    expect(calls).toHaveLength(2); // not again at once

    const longer = (vi.advanceTimersByTime(10_001), get(900));
    calls[2]!.reject(new Error('refused'));
    expect(await longer).toMatchObject({ accessKeyId: 'STS.1' });

    vi.advanceTimersByTime(minutes(4));
    const late = get();
    calls[3]!.reject(new Error(`refused ${SECRET} with ${TOKEN}`));
    const error = await failure(late);
    expect(error).toMatchObject({ code: 'OSS_UNAVAILABLE', cause: undefined });
    expect(error.hint).toMatch(/"credentials" failed: refused/);
    expect(JSON.stringify([error, error.hint, error.stack])).not.toContain('Canary');
  });

  it('that never answers is given up, and asked anew', async () => {
    const { get, calls } = provider();
    const failed = failure(get());
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await failed).hint).toContain('no response within 10000 ms');
    const second = get();
    calls[1]!.resolve(temporary(2, 60));
    expect(await second).toMatchObject({ accessKeyId: 'STS.2' });
  });

  it('is asked again after a while where it gives no expiry', async () => {
    const { get, calls } = provider();
    const first = get(86_400);
    calls[0]!.resolve({ accessKeyId: 'LTAI5tKey', accessKeySecret: SECRET });
    await first;
    vi.advanceTimersByTime(minutes(4));
    await get(86_400);
    expect(calls).toHaveLength(1);
    vi.advanceTimersByTime(minutes(2));
    await get();
    expect(calls).toHaveLength(2);
  });

  it.each([
    [undefined, 'accessKeyId" is missing'],
    [{ accessKeyId: 'STS.1' }, 'accessKeySecret" is missing'],
    [{ ...temporary(1, 1), securityToken: 5 }, 'securityToken" is missing'],
    [{ ...temporary(1, 1), expiresAt: '2030-01-01' }, 'expiresAt" is not a valid Date'],
    [{ ...temporary(1, 1), expiresAt: new Date('x') }, 'expiresAt" is not a valid Date'],
  ])('and gives %j is told so', async (given, problem) => {
    const { get, calls } = provider();
    const failed = failure(get());
    calls[0]!.resolve(given as never);
    expect(await failed).toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining(problem),
    });
    expect((await failed).message).not.toContain('Canary');
  });

  it('and gives expired ones is told so, even where it throws at once', async () => {
    const { get, calls } = provider();
    const failed = failure(get());
    calls[0]!.resolve(temporary(1, -1));
    expect((await failed).hint).toMatch(/credentials that expired at \d{4}-/);

    const throws = credentialsOf(() => {
      throw new Error('no network');
    });
    expect((await failure(throws())).hint).toContain('no network');
  });
});
