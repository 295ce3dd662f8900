import type { Measurement } from '../load/run-load.js';
import { median } from '../measure/statistics.js';
import type { MeasuredBlock } from '../run-bench.js';
import { textTable } from './text-table.js';

const HEAD = [
  'contender, load',
  'per second',
  'lowest to highest',
  'p50 ms',
  'p99 ms',
  'app CPU µs',
  'database CPU µs',
  'memory MB',
  'generator CPU',
];

/** One line for each scenario: medians of its rounds in all blocks. */
export function scenarioTable(blocks: readonly MeasuredBlock[]): string {
  const names = new Set(blocks.flatMap((block) => [...block.keys()]));
  const rows = [...names].map((name) => {
    const rounds = blocks.flatMap((block) => block.get(name) ?? []);
    const rates = rounds.map(({ perSecond }) => perSecond);
    const of = (value: (round: Measurement) => number | undefined, digits: number, unit = '') => {
      const values = rounds.map(value).filter((each) => each !== undefined);
      return values.length === 0 ? '' : `${median(values).toFixed(digits)}${unit}`;
    };
    return [
      name,
      of(({ perSecond }) => perSecond, 0),
      `${Math.min(...rates).toFixed(0)} to ${Math.max(...rates).toFixed(0)}`,
      of(({ p50Ms }) => p50Ms, 2),
      of(({ p99Ms }) => p99Ms, 2),
      of(({ usage }) => usage.appCpuMicros, 0),
      of(({ usage }) => usage.databaseCpuMicros, 0),
      of(({ usage }) => usage.appRssBytes && usage.appRssBytes / 1_048_576, 0),
      of(({ usage }) => (usage.generatorShare || undefined) && usage.generatorShare * 100, 0, ' %'),
    ];
  });
  return textTable(HEAD, rows);
}
