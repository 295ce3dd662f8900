import { describe, expect, it } from 'vitest';
import { Semaphore } from './semaphore.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when the test says so. */
function useWork(semaphore: Semaphore) {
  const started: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const run = (number: number) =>
    semaphore.run(() => {
      started.push(number);
      return new Promise<number>((resolve, reject) => {
        ends[number] = (error) => (error ? reject(error) : resolve(number));
      });
    });
  return { run, started, end: (number: number, error?: Error) => ends[number]!(error) };
}

describe('Semaphore', () => {
  it('runs no more than its size at once, the others in their order', async () => {
    const semaphore = new Semaphore(2);
    const { run, started, end } = useWork(semaphore);
    const results = [0, 1, 2, 3].map(run);
    await turn();
    expect(started).toEqual([0, 1]);
    end(1);
    await turn();
    expect(started).toEqual([0, 1, 2]);
    end(2);
    await turn();
    expect(started).toEqual([0, 1, 2, 3]);
    end(0);
    end(3);
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
  });

  it('goes on after work that fails, whose error is thrown', async () => {
    const { run, end } = useWork(new Semaphore(1));
    const [first, second] = [run(0), run(1)];
    await turn();
    end(0, new Error('no'));
    await expect(first).rejects.toThrow('no');
    end(1);
    expect(await second).toBe(1);
  });

  it('is idle when nothing runs or waits', async () => {
    const semaphore = new Semaphore(1);
    await semaphore.whenIdle();
    const { run, end } = useWork(semaphore);
    const results = [run(0), run(1)];
    let isIdle = false;
    const idle = semaphore.whenIdle().then(() => (isIdle = true));
    await turn();
    end(0);
    await turn();
    expect(isIdle).toBe(false);
    end(1);
    await Promise.all([idle, ...results]);
    expect(isIdle).toBe(true);
  });
});
