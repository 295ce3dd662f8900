import { startEmbeddedPostgres } from '../../tools/embedded-postgres/index.js';
import { doubleCallbacks } from '../durability/doubled-callbacks.js';
import { fuzz } from '../durability/fuzz.js';
import { startKillablePostgres } from '../durability/killable-postgres.js';
import { killApp } from '../durability/killed-app.js';
import { killDatabase } from '../durability/killed-database.js';
import { CONNECTIONS } from '../durability/load.js';
import { loseCallbacks } from '../durability/lossy-oss.js';
import { sendMany } from '../durability/many-callbacks.js';
import { migrate } from '../support/app-module.js';
import type { Outcome } from '../durability/outcome.js';
import { runUnrulyHandlers } from '../durability/unruly-handlers.js';
import { floodApp } from './flood.js';
import { sendHalfBodies } from './half-sent.js';
import { measureRefusals } from './refusal-cost.js';

/**
 * Part of `npm run test:soak`: tries to lose an upload, to complete one twice, and to get one in. With names of runs
 * as arguments only those; SOAK_SCALE=0.1 makes all of them a tenth as long. Ends with 1 where a promise is broken.
 */
const SCALE = Number(process.env.SOAK_SCALE ?? 1);
const SEED = Number(process.env.SOAK_SEED ?? 5);

const scaled = (count: number, atLeast = 1) => Math.max(atLeast, Math.round(count * SCALE));

const runs: Record<string, () => Promise<Outcome>> = {
  'killed-app': () =>
    withDatabase((url) =>
      killApp(url, {
        platform: 'Fastify',
        kills: scaled(20),
        callbacksPerKill: 400,
        connections: CONNECTIONS,
        seed: SEED,
      }),
    ),
  'killed-database': async () => {
    const postgres = await startKillablePostgres();
    try {
      return await killDatabase(postgres, {
        platform: 'Express',
        kills: scaled(5),
        callbacksPerKill: 600,
        connections: CONNECTIONS,
        seed: SEED,
      });
    } finally {
      await postgres.stop();
    }
  },
  'doubled-callbacks': () =>
    withDatabase((url) =>
      doubleCallbacks(url, {
        platform: 'Express',
        callbacks: scaled(10_000),
        connections: CONNECTIONS,
      }),
    ),
  'lossy-oss': () =>
    withDatabase((url) =>
      loseCallbacks(url, {
        platform: 'Fastify',
        uploads: scaled(200) * 10,
        ofEachCase: scaled(20),
      }),
    ),
  'unruly-handlers': () =>
    withDatabase((url) =>
      runUnrulyHandlers(url, {
        platform: 'Express',
        maxAttempts: 10,
        connections: CONNECTIONS,
        uploads: {
          good: scaled(500),
          'fails-at-random': scaled(500),
          hangs: scaled(20),
          'hangs-in-database': scaled(20),
          'swallows-database-error': scaled(100),
          'second-fails-twice': scaled(200),
          crashes: scaled(20),
          'always-fails': scaled(20),
          'always-crashes': scaled(3),
        },
      }),
    ),
  'fuzz-express': () => fuzzOn('Express'),
  'fuzz-fastify': () => fuzzOn('Fastify'),
  'flood-express': () => floodOn('Express'),
  'flood-fastify': () => floodOn('Fastify'),
  'half-sent-express': () => halfSentOn('Express'),
  'half-sent-fastify': () => halfSentOn('Fastify'),
  'refusals-express': () => refusalsOn('Express'),
  'refusals-fastify': () => refusalsOn('Fastify'),
  'many-callbacks': () =>
    withDatabase((url) =>
      sendMany(url, {
        platform: 'Fastify',
        callbacks: scaled(1_000_000),
        firstCallbacks: scaled(100_000),
        connections: CONNECTIONS,
        heapLimitMb: 10,
      }),
    ),
};

function fuzzOn(platform: 'Express' | 'Fastify'): Promise<Outcome> {
  return withDatabase((url) =>
    fuzz(url, { platform, requests: scaled(100_000), seed: SEED, heapLimitMb: 10 }),
  );
}

function floodOn(platform: 'Express' | 'Fastify'): Promise<Outcome> {
  return withDatabase((url) => floodApp(url, { platform, unsigned: scaled(50_000) }));
}

function halfSentOn(platform: 'Express' | 'Fastify'): Promise<Outcome> {
  return withDatabase((url) => sendHalfBodies(url, { platform, callbacks: scaled(500) }));
}

function refusalsOn(platform: 'Express' | 'Fastify'): Promise<Outcome> {
  return withDatabase((url) =>
    measureRefusals(url, { platform, requests: scaled(1_000), rounds: 5 }),
  );
}

async function withDatabase(run: (url: string) => Promise<Outcome>): Promise<Outcome> {
  const postgres = await startEmbeddedPostgres();
  try {
    await migrate(postgres.url);
    return await run(postgres.url);
  } finally {
    await postgres.stop();
  }
}

async function main(names: readonly string[]): Promise<boolean> {
  let allHold = true;
  for (const [name, run] of Object.entries(runs)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const startedAt = performance.now();
    const { figures, broken } = await run();
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    console.log(`${name}, ${seconds} s`);
    console.table(figures);
    for (const promise of broken) console.log(`BROKEN: ${promise}`);
    allHold &&= broken.length === 0;
  }
  return allHold;
}

const unknown = process.argv.slice(2).find((name) => !(name in runs));
if (unknown !== undefined) {
  throw new Error(`There is no run ${unknown}; there are ${Object.keys(runs).join(', ')}`);
}
process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
