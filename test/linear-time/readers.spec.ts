import { afterAll, expect, it } from 'vitest';
import { cpuMsOf, leastCpuMsOf, leastGrowth, MOST_GROWTH, shapes } from './growth.js';
import { readers } from './readers.js';

const KB = 1_024;
/** What takes less is quick, and the processor's clock too coarse to compare it. */
const COMPARABLE_MS = 10;

const table: Record<string, Record<string, string>> = {};
afterAll(() => console.table(table));

it.each(Object.keys(readers))('reading takes linear time: %s', async (name) => {
  const read = (text: string) => () => {
    try {
      readers[name]!(text);
    } catch {
      // refused, which takes its time as well
    }
  };
  let slowest = { ms: -1, shape: shapes[0]! };
  for (const shape of shapes) {
    cpuMsOf(read(shape.of(KB)));
    const ms = cpuMsOf(read(shape.of(64 * KB)));
    if (ms > slowest.ms) slowest = { ms, shape };
    if (ms < COMPARABLE_MS) continue;
    const growth = await leastGrowth(
      () => leastCpuMsOf(read(shape.of(64 * KB))) / leastCpuMsOf(read(shape.of(8 * KB))),
    );
    expect(growth, `${shape.name} took ${ms} ms`).toBeLessThan(MOST_GROWTH);
  }
  const times = [4, 16, 64].map((size) => {
    const ms = leastCpuMsOf(read(slowest.shape.of(size * KB)));
    return [`${size} KB`, `${ms.toFixed(2)} ms`];
  });
  table[name] = { slowest: slowest.shape.name, ...Object.fromEntries(times) };
});
