import type { Measurement } from '../load/run-load.js';
import { median } from '../measure/statistics.js';
import type { Ratio } from '../plan/ratios.js';
import { textTable } from './text-table.js';

export interface MeasuredRatio extends Ratio {
  /** One for each round. */
  values: readonly number[];
  median: number;
  isReached: boolean;
}

/** Those whose scenarios were measured: each round's ratio by itself, then their median. */
export function measureRatios(
  ratios: readonly Ratio[],
  measurements: ReadonlyMap<string, readonly Measurement[]>,
): MeasuredRatio[] {
  return ratios.flatMap((ratio) => {
    const [first = [], ...others] = ratio.scenarios.map((name) => measurements.get(name) ?? []);
    const values = first
      .map((one, round) => [one, ...others.map((rounds) => rounds[round])])
      .filter((round): round is Measurement[] => round.every((one) => one !== undefined))
      .map((round) => ratio.of(...round))
      .filter((value) => value !== undefined);
    if (values.length === 0) return [];
    const middle = median(values);
    const { target } = ratio;
    const isReached = 'least' in target ? middle >= target.least : middle <= target.most;
    return [{ ...ratio, values, median: middle, isReached }];
  });
}

export function ratioTable(ratios: readonly MeasuredRatio[]): string {
  return textTable(
    ['ratio', 'measured', 'lowest to highest', 'target', 'reached'],
    ratios.map(({ name, values, median, target, isReached }) => [
      name,
      median.toFixed(2),
      `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`,
      'least' in target ? `at least ${target.least}` : `at most ${target.most}`,
      isReached ? 'yes' : 'no',
    ]),
  );
}
