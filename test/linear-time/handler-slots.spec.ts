import { expect, it } from 'vitest';
import { HandlerSlots } from '../../src/completion/handler-slots.js';
import { elapsedCpuMs } from '../support/cpu-time.js';
import { leastGrowth, MOST_GROWTH } from './growth.js';

const FEW = 250;
/** The most that may wait. */
const MANY = 2_000;

async function cpuMsOf(count: number, ownerOf: (index: number) => string | null): Promise<number> {
  const slots = new HandlerSlots({ options: { type: 'postgres', poolSize: 10 } });
  const startedAt = process.cpuUsage();
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      slots.run(ownerOf(index), index % 2 === 0, () => new Promise(setImmediate)),
    ),
  );
  return elapsedCpuMs(startedAt);
}

const owners: [string, (index: number) => string | null][] = [
  ['one owner', () => 'a'],
  ['none', () => null],
  ['an owner for each', String],
  ['few owners', (index) => String(index % 10)],
];

it.each(owners)(
  'starting the handlers of waiting uploads takes linear time: %s',
  async (_, ownerOf) => {
    await cpuMsOf(FEW, ownerOf);
    const growth = await leastGrowth(async () => {
      const few = Math.min(await cpuMsOf(FEW, ownerOf), await cpuMsOf(FEW, ownerOf));
      return (await cpuMsOf(MANY, ownerOf)) / few;
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
  },
);
