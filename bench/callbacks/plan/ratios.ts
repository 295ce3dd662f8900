import type { Measurement } from '../load/run-load.js';
import type { Platform } from '../servers/contender.js';
import { type Load, names, platforms, type Scenario, scenarioName } from './scenarios.js';

/** One promise: what is measured in one round, and what it has to be. */
export interface Ratio {
  name: string;
  /** Names of the scenarios; `of` gets one round's measurements of them in this order. */
  scenarios: readonly string[];
  of: (...rounds: Measurement[]) => number | undefined;
  target: { least: number } | { most: number };
}

const rate = (one?: Measurement, other?: Measurement) =>
  one && other && one.perSecond / other.perSecond;

/** What has to be reached, in one run of the bench. */
export function allRatios(): Ratio[] {
  return [
    atLeast(0.75, names.module('Fastify'), names.floor, 'keep-alive 64'),
    atLeast(0.8, names.module('Fastify'), names.floor, 'close 64'),
    atLeast(0.5, names.module('Fastify'), names.nest('Fastify'), 'keep-alive 64'),
    atLeast(1.1, names.module('Fastify'), names.insert, 'keep-alive 64'),
    atLeast(0.75, names.module('Express'), names.nest('Express'), 'keep-alive 64'),
    atLeast(0.75, names.module('Express'), names.nest('Express'), 'close 64'),
    ...platforms.flatMap((platform) => [
      atLeast(1, names.module(platform), names.handWritten(platform), 'keep-alive 64'),
      atLeast(0.7, names.handler(platform), names.transaction, 'keep-alive 64'),
      atLeast(0.5, names.confirming(platform), names.module(platform), 'keep-alive 64'),
      latency(platform, 'keep-alive 256'),
      latency(platform, 'close 256'),
      alone(platform),
      memory(platform),
    ]),
  ];
}

/**
 * The scenarios in blocks: in each are those that one ratio compares, and no others. A block is measured in one go, so
 * that its processes are idle for as short a time as possible: one that was idle for a minute, whose memory the machine had
 * taken for other uses, needed five seconds to be as fast as before. What several ratios compare is in several blocks.
 */
export function comparedTogether(
  scenarios: readonly Scenario[],
  ratios: readonly Ratio[],
): Scenario[][] {
  const blocks = ratios.map((ratio) =>
    scenarios.filter(({ name }) => ratio.scenarios.includes(name)),
  );
  return blocks.filter(
    (block, index) =>
      block.length > 0 &&
      !blocks.some((other, place) => {
        const isPart = block.every((scenario) => other.includes(scenario));
        return isPart && (other.length > block.length || place < index);
      }),
  );
}

function atLeast(least: number, contender: string, reference: string, load: Load): Ratio {
  return {
    name: `${contender} / ${reference}, ${load}`,
    scenarios: [scenarioName(contender, load), scenarioName(reference, load)],
    of: rate,
    target: { least },
  };
}

function latency(platform: Platform, load: Load): Ratio {
  const [contender, reference] = [names.module(platform), names.nest(platform)];
  return {
    name: `p99 of ${contender} / ${reference}, ${load}`,
    scenarios: [scenarioName(contender, load), scenarioName(reference, load)],
    of: (one, other) => one && other && one.p99Ms / other.p99Ms,
    target: { most: 3 },
  };
}

function alone(platform: Platform): Ratio {
  const load = 'keep-alive 1';
  const [contender, reference] = [names.module(platform), names.nest(platform)];
  return {
    name: `one callback alone: p50 of ${contender} / ${reference} and one ${names.insert}`,
    scenarios: [contender, reference, names.insert].map((name) => scenarioName(name, load)),
    of: (one, nest, insert) => one && nest && insert && one.p50Ms / (nest.p50Ms + insert.p50Ms),
    target: { most: 1.3 },
  };
}

/** The other app has Nest, TypeORM and pg as well. */
function memory(platform: Platform): Ratio {
  const load = 'keep-alive 64';
  const [contender, reference] = [names.module(platform), names.handWritten(platform)];
  return {
    name: `memory of ${contender} / ${reference}, ${load}`,
    scenarios: [scenarioName(contender, load), scenarioName(reference, load)],
    of: (one, other) =>
      one?.usage.appRssBytes && other?.usage.appRssBytes
        ? one.usage.appRssBytes / other.usage.appRssBytes
        : undefined,
    target: { most: 1.4 },
  };
}
