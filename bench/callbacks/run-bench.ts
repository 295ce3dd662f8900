import { createTestKeyPair } from '../../src/testing/index.js';
import { Child } from './child.js';
import { Contenders } from './contenders.js';
import { BenchDatabase } from './database/bench-database.js';
import { startKeyHost } from './key-host.js';
import type { LoadMessage } from './load/load-process.js';
import type { Measurement } from './load/run-load.js';
import type { OssOrder } from './oss/oss-process.js';
import type { BenchOptions } from './plan/bench-options.js';
import { comparedTogether, type Ratio } from './plan/ratios.js';
import type { Scenario } from './plan/scenarios.js';
import type { World } from './world.js';

/** Of each scenario that was measured in one go, by its name: one measurement for each round. */
export type MeasuredBlock = ReadonlyMap<string, readonly Measurement[]>;

export interface BenchResults {
  blocks: readonly MeasuredBlock[];
  databaseVersion: string;
}

/**
 * Measures what the ratios compare in turns: a machine that gets slower or faster meanwhile does so for all of them.
 * @param say called with a line about each run
 * @throws Error where a run had one wrong answer, or one record too many or too few
 */
export async function runBench(
  options: BenchOptions,
  ratios: readonly Ratio[],
  say: (line: string) => void,
): Promise<BenchResults> {
  const stops: (() => unknown)[] = [];
  try {
    const database = await BenchDatabase.start();
    stops.push(() => database.stop());
    const keyPair = createTestKeyPair();
    const keyHost = await startKeyHost(keyPair.publicKey);
    stops.push(() => keyHost.stop());
    const firstUploadAt = Date.now();
    const oss = Child.start('oss/oss-process');
    stops.push(() => oss.stop());
    const order: OssOrder = { firstUploadAt, count: options.objects };
    const ossUrl = await oss.ask<string>(order);
    const world: World = {
      ...keyPair,
      firstUploadAt,
      databaseUrl: database.url,
      keyHostUrl: keyHost.url,
      ossUrl,
    };
    say(`Signing ${options.requests} callbacks`);
    const sign: LoadMessage = { sign: { world, count: options.requests } };
    const load = Child.start('load/load-process');
    stops.push(() => load.stop());
    await load.ask(sign);
    const contenders = new Contenders(world, database, load, options, options.profileFolder);
    stops.push(() => contenders.stop());
    const blocks: MeasuredBlock[] = [];
    for (const block of comparedTogether(options.scenarios, ratios)) {
      blocks.push(await runRounds(contenders, block, options, say));
    }
    return { blocks, databaseVersion: database.version };
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

async function runRounds(
  contenders: Contenders,
  scenarios: readonly Scenario[],
  { rounds, contenderWarmUpMs, warmUpMs, durationMs }: BenchOptions,
  say: (line: string) => void,
): Promise<MeasuredBlock> {
  const measurements = new Map<string, Measurement[]>(scenarios.map(({ name }) => [name, []]));
  for (const scenario of contenderWarmUpMs > 0 ? firstOfEachContender(scenarios) : []) {
    say(`Warming up: ${scenario.name}`);
    await contenders.run(scenario, { warmUpMs: 0, durationMs: contenderWarmUpMs });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const scenario of rotated(scenarios, round)) {
      const measurement = await contenders.run(scenario, { warmUpMs, durationMs });
      measurements.get(scenario.name)!.push(measurement);
      say(`Round ${round + 1}: ${scenario.name}: ${Math.round(measurement.perSecond)}/s`);
    }
  }
  return measurements;
}

function firstOfEachContender(scenarios: readonly Scenario[]): Scenario[] {
  const first = new Map<string, Scenario>();
  for (const scenario of scenarios) {
    const key = JSON.stringify(scenario.contender);
    if (!first.has(key)) first.set(key, scenario);
  }
  return [...first.values()];
}

/** No scenario always follows the same other. */
function rotated(scenarios: readonly Scenario[], round: number): Scenario[] {
  const first = (round * 7) % scenarios.length;
  const order = [...scenarios.slice(first), ...scenarios.slice(0, first)];
  return round % 2 === 0 ? order : order.toReversed();
}
