import { parseArgs } from 'node:util';
import type { Scenario } from './scenarios.js';

export interface BenchOptions {
  rounds: number;
  /** How long each contender works before a block of scenarios in which it takes part: compilers take their time. */
  contenderWarmUpMs: number;
  /** At the beginning of each run: meanwhile the others of the block have run, and a process that was idle is slower. */
  warmUpMs: number;
  durationMs: number;
  /** How many callbacks are signed: a run ends when all have been sent. */
  requests: number;
  /** How many of their objects are in the local OSS: a run that looks them up ends when all have been. */
  objects: number;
  scenarios: Scenario[];
  /** Folder for a CPU profile of each contender. */
  profileFolder: string | undefined;
  /** Whether everything was measured as it should be, and `RESULTS.md` is written. */
  isComplete: boolean;
}

const FULL = {
  rounds: 5,
  contenderWarmUpMs: 5_000,
  warmUpMs: 500,
  durationMs: 1_800,
  requests: 60_000,
  objects: 12_000,
};
const QUICK = {
  rounds: 2,
  contenderWarmUpMs: 5_000,
  warmUpMs: 250,
  durationMs: 700,
  requests: 40_000,
  objects: 5_000,
};
const TINY = {
  rounds: 1,
  contenderWarmUpMs: 0,
  warmUpMs: 50,
  durationMs: 400,
  requests: 5_000,
  // So few that the run has to end with them.
  objects: 100,
};

export const USAGE = `npm run bench -- [--quick | --tiny] [--only <part of a name>]... [--profile <folder>]

  --quick   fewer and shorter runs
  --tiny    every run once and very short: shows that it works, measures nothing
  --only    the scenarios whose name holds this text; may stand several times
  --profile writes a CPU profile of each contender's process, from its start to its end
`;

/** @throws Error for arguments that are none of these */
export function readOptions(args: string[], scenarios: Scenario[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      tiny: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      profile: { type: 'string' },
    },
  });
  const { quick, tiny, only, profile } = values;
  const length = tiny ? TINY : quick ? QUICK : FULL;
  const chosen = scenarios.filter(({ name }) => only?.some((text) => name.includes(text)) ?? true);
  if (chosen.length === 0) {
    const known = scenarios.map(({ name }) => name).join('\n  ');
    throw new Error(
      `No scenario has "${only?.join('" or "')}" in its name. There are:\n  ${known}`,
    );
  }
  return {
    ...length,
    scenarios: chosen,
    profileFolder: profile,
    isComplete: length === FULL && !only && !profile,
  };
}
