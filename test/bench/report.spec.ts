import { describe, expect, it } from 'vitest';
import { checkRecords } from '../../bench/callbacks/check-records.js';
import type { Measurement } from '../../bench/callbacks/load/run-load.js';
import { readOptions } from '../../bench/callbacks/plan/bench-options.js';
import { allRatios, comparedTogether } from '../../bench/callbacks/plan/ratios.js';
import { allScenarios, type Contender } from '../../bench/callbacks/plan/scenarios.js';
import {
  measureRatios,
  noiseWarning,
  ratioTable,
} from '../../bench/callbacks/report/ratio-table.js';
import { scenarioTable } from '../../bench/callbacks/report/scenario-table.js';

function measured(perSecond: number): Measurement {
  const usage = { appCpuMicros: 1e6 / perSecond, generatorShare: 0.25 };
  return { perSecond, p50Ms: 1, p99Ms: 2, answered: perSecond, usage };
}

const loads = (name: string) => `${name}, keep-alive 64`;

it('every ratio compares scenarios that are run, and no other is run', () => {
  const names = allScenarios().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const compared = new Set(allRatios().flatMap(({ scenarios }) => scenarios));
  expect(names.filter((name) => !compared.has(name))).toEqual([]);
  for (const name of compared) expect(names).toContain(name);
});

it('what a ratio compares is measured in one go, with nothing else in between', () => {
  const blocks = comparedTogether(allScenarios(), allRatios()).map((block) =>
    block
      .map(({ name }) => name)
      .toSorted()
      .join(),
  );
  const compared = allRatios().map(({ scenarios }) => [...scenarios].toSorted().join());
  expect(blocks.toSorted()).toEqual([...new Set(compared)].toSorted());
});

it('scenarios that are chosen without what they are compared with are measured all the same, and once', () => {
  const blocksOf = (...chosen: string[]) => {
    const scenarios = allScenarios().filter(({ name }) => chosen.includes(name));
    return comparedTogether(scenarios, allRatios()).map((block) => block.map(({ name }) => name));
  };
  expect(blocksOf(loads('module Fastify'))).toEqual([[loads('module Fastify')]]);
  expect(blocksOf(loads('module Fastify'), loads('floor'))).toEqual([
    [loads('floor'), loads('module Fastify')],
  ]);
});

it('a ratio is the median of the ratios of each round', () => {
  const block = new Map([
    [loads('module Fastify'), [90, 50, 160].map(measured)],
    [loads('floor'), [100, 100, 200].map(measured)],
  ]);
  const another = new Map([
    [loads('module Fastify'), [10, 10, 10].map(measured)],
    [loads('Nest Fastify'), [100, 100, 100].map(measured)],
  ]);
  const ratios = measureRatios(allRatios(), [another, block]);
  expect(ratios).toMatchObject([
    { values: [0.9, 0.5, 0.8], median: 0.8, isReached: true },
    { values: [0.1, 0.1, 0.1] },
  ]);
  expect(ratioTable(ratios)).toMatch(
    /0\.80 \| +0\.50 to 0\.90 \| +\d+ % \| +at least 0\.75 \| +yes/,
  );
  const slower = new Map(block).set(loads('floor'), [101, 101, 216].map(measured));
  expect(measureRatios(allRatios(), [slower])).toMatchObject([{ isReached: false }]);
});

describe('the noise of a ratio', () => {
  const ratioOf = (module: number[], floor: number[]) =>
    measureRatios(allRatios(), [
      new Map([
        [loads('module Fastify'), module.map(measured)],
        [loads('floor'), floor.map(measured)],
      ]),
    ]);

  it('is how much a contender differs from one round to the next, and the noisier one counts', () => {
    expect(ratioOf([100, 100, 100], [100, 90, 90])).toMatchObject([{ noise: 0.05 }]);
    expect(ratioOf([100, 75, 100], [100, 100, 100])).toMatchObject([{ noise: 0.25 }]);
  });

  it('of more than a fifth is reported beside the result, and for all in one sentence', () => {
    const noisy = ratioOf([100, 75, 100], [100, 100, 100]);
    expect(ratioTable(noisy)).toMatch(/\| +25 % \| +at least 0\.75 \| +yes, too noisy \|/);
    expect(noiseWarning(noisy)).toMatch(/^The machine was too noisy for 1 of 1 ratios/);
    const quiet = ratioOf([100, 95, 100], [100, 100, 100]);
    expect(ratioTable(quiet)).not.toContain('noisy');
    expect(noiseWarning(quiet)).toBeUndefined();
  });
});

it('the table has the medians and what the system does not tell is left out', () => {
  const blocks = [[200], [100, 400]].map((rates) => new Map([['floor', rates.map(measured)]]));
  const table = scenarioTable(blocks);
  const [, , line] = table.split('\n');
  expect(line!.split('|').map((cell) => cell.trim())).toEqual([
    '',
    'floor',
    '200',
    '100 to 400',
    '1.00',
    '2.00',
    '5000',
    '',
    '',
    '25 %',
    '',
  ]);
});

const withHandler: Contender = {
  program: 'server',
  server: { kind: 'module', platform: 'Fastify', handler: true, confirms: false },
};
const insert: Contender = { program: 'database', work: 'insert' };
const bareNest: Contender = {
  program: 'server',
  server: { kind: 'nest', platform: 'Fastify' },
};

it.each([
  [withHandler, { completed: 7, handled: 7 }],
  [insert, { completed: 7, handled: 0 }],
  [bareNest, { completed: 0, handled: 0 }],
])('records that fit the answers pass: %j', (contender, found) => {
  expect(() => checkRecords(contender, 7, found)).not.toThrow();
});

it.each([
  [withHandler, { completed: 6, handled: 7 }],
  [withHandler, { completed: 7, handled: 8 }],
  [insert, { completed: 8, handled: 0 }],
  [bareNest, { completed: 1, handled: 0 }],
])('one record too many or too few fails the run: %j, %j', (contender, found) => {
  expect(() => checkRecords(contender, 7, found)).toThrow(/7 answers came/);
});

it('only what is named is run', () => {
  const { scenarios, isComplete } = readOptions(['--only', 'floor'], allScenarios());
  expect(scenarios.map(({ name }) => name)).toEqual(['floor, keep-alive 64', 'floor, close 64']);
  expect(isComplete).toBe(false);
  expect(() => readOptions(['--only', 'nothing'], allScenarios())).toThrow(/No scenario/);
});
