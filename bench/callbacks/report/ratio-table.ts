import type { Measurement } from '../load/run-load.js';
import { median } from '../measure/statistics.js';
import type { Ratio } from '../plan/ratios.js';
import type { MeasuredBlock } from '../run-bench.js';
import { textTable } from './text-table.js';

export interface MeasuredRatio extends Ratio {
  /** One for each round. */
  values: readonly number[];
  median: number;
  isReached: boolean;
  /** How much a scenario differs from one round to the next, as a share: of the scenario in which that is the most. */
  noise: number;
}

/** Where the same contender differs by more from round to round, a ratio of two says little. */
const MAX_NOISE = 0.2;

/** Those whose scenarios were measured: each round's ratio by itself, then their median. */
export function measureRatios(
  ratios: readonly Ratio[],
  blocks: readonly MeasuredBlock[],
): MeasuredRatio[] {
  return ratios.flatMap((ratio) => {
    const block = blocks.find((one) => ratio.scenarios.every((name) => one.has(name)));
    const scenarios = ratio.scenarios.map((name) => block?.get(name) ?? []);
    const [first = [], ...others] = scenarios;
    const values = first
      .map((one, round) => [one, ...others.map((rounds) => rounds[round])])
      .filter((round): round is Measurement[] => round.every((one) => one !== undefined))
      .map((round) => ratio.of(...round))
      .filter((value) => value !== undefined);
    if (values.length === 0) return [];
    const middle = median(values);
    const { target } = ratio;
    const isReached = 'least' in target ? middle >= target.least : middle <= target.most;
    const noise = Math.max(...scenarios.map(noiseOf));
    return [{ ...ratio, values, median: middle, isReached, noise }];
  });
}

/** A sentence if the machine was too noisy for some of the ratios. */
export function noiseWarning(ratios: readonly MeasuredRatio[]): string | undefined {
  const noisy = ratios.filter(isNoisy);
  return noisy.length === 0
    ? undefined
    : `The machine was too noisy for ${noisy.length} of ${ratios.length} ratios: one of their contenders differs by more than ${MAX_NOISE * 100} % from one round to the next. Stop other programs and run it again.`;
}

function isNoisy({ noise }: MeasuredRatio): boolean {
  return noise > MAX_NOISE;
}

function noiseOf(rounds: readonly Measurement[]): number {
  const rates = rounds.map(({ perSecond }) => perSecond);
  const differences = rates.slice(1).map((rate, index) => {
    const before = rates[index]!;
    return Math.abs(rate - before) / Math.max(rate, before);
  });
  return median(differences);
}

export function ratioTable(ratios: readonly MeasuredRatio[]): string {
  return textTable(
    ['ratio', 'measured', 'lowest to highest', 'noise', 'target', 'reached'],
    ratios.map((ratio) => {
      const { name, values, median: middle, noise, target, isReached } = ratio;
      const reached = isReached ? 'yes' : 'no';
      return [
        name,
        middle.toFixed(2),
        `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`,
        `${(noise * 100).toFixed(0)} %`,
        'least' in target ? `at least ${target.least}` : `at most ${target.most}`,
        isNoisy(ratio) ? `${reached}, too noisy` : reached,
      ];
    }),
  );
}
