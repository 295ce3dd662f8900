import { describe, expect, it } from 'vitest';
import { HandlerSlots } from './handler-slots.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

const never = new Promise<never>(() => undefined);

/** Work that ends when the test says so. */
function useSlots(poolSize: number) {
  const slots = new HandlerSlots({ options: { type: 'postgres', poolSize } });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const run = async (name: string, owner: string | null, isRetry = false) => {
    void slots.run(owner, isRetry, () => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    });
    await turn();
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await turn();
  };
  return { slots, started, run, end };
}

describe('HandlerSlots', () => {
  it('are half of the pool, one at least', () => {
    const sizeOf = (poolSize: number) => useSlots(poolSize).slots.size;
    expect([10, 7, 2, 1].map(sizeOf)).toEqual([5, 3, 1, 1]);
  });

  it('never go to one owner alone', async () => {
    const { started, run, end } = useSlots(6);
    for (const name of ['a1', 'a2', 'a3', 'a4']) await run(name, 'a');
    expect(started).toEqual(['a1', 'a2']);
    await run('b1', 'b');
    expect(started).toEqual(['a1', 'a2', 'b1']);
    await end('b1');
    expect(started).toEqual(['a1', 'a2', 'b1']);
    await end('a1');
    expect(started).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('may all go to uploads without an owner', async () => {
    const { started, run } = useSlots(6);
    for (const name of ['1', '2', '3', '4']) await run(name, null);
    expect(started).toEqual(['1', '2', '3']);
  });

  it('are soon free where few wait', async () => {
    const { slots, run } = useSlots(2);
    for (let count = 0; count < 100; count += 1) await run(String(count), null);
    expect(slots.startSoon).toBe(true);
    await run('one more', null);
    expect(slots.startSoon).toBe(false);
  });

  it('go to the owner who holds the fewest, and among these to the first', async () => {
    const { started, run, end } = useSlots(6);
    for (const name of ['a1', 'a2', 'a3']) await run(name, 'a');
    for (const name of ['b1', 'b2']) await run(name, 'b');
    await run('c1', 'c');
    expect(started).toEqual(['a1', 'a2', 'b1']);
    await end('a1'); // a holds one, as b does; c none
    expect(started.at(-1)).toBe('c1');
    await end('c1');
    expect(started.at(-1)).toBe('a3');
  });

  it('go to callbacks before retries', async () => {
    const { started, run, end } = useSlots(2);
    await run('first', 'a');
    await run('retry', 'b', true);
    await run('callback', 'a');
    await end('first');
    expect(started).toEqual(['first', 'callback']);
    await end('callback');
    expect(started).toEqual(['first', 'callback', 'retry']);
  });

  it('have room for the first upload of an owner when those of others take all places', async () => {
    const { slots, run } = useSlots(4);
    for (let count = 0; count < 1_001; count += 1) void slots.run('a', false, () => never);
    expect([slots.haveRoomFor('a'), slots.haveRoomFor('b')]).toEqual([false, true]);
    await run('b1', 'b');
    await run('b2', 'b');
    expect(slots.haveRoomFor('b')).toBe(false);
    for (let count = 0; count < 1_000; count += 1) void slots.run(`${count}`, false, () => never);
    expect(slots.haveRoomFor('new')).toBe(false);
  });

  it('are free again after work that fails, and idle when nothing runs or waits', async () => {
    const { slots, run, end } = useSlots(2);
    await slots.whenIdle();
    await expect(slots.run('a', false, () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    );
    await run('1', 'a');
    await run('2', 'b');
    let isIdle = false;
    const idle = slots.whenIdle().then(() => (isIdle = true));
    await end('1');
    expect(isIdle).toBe(false);
    await end('2');
    await idle;
  });
});
