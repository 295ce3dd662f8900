import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { cpus, release, totalmem, type } from 'node:os';
import type { BenchOptions } from '../plan/bench-options.js';
import type { BenchResults } from '../run-bench.js';

const LIBRARIES = [
  '@nestjs/core',
  '@nestjs/platform-fastify',
  '@nestjs/platform-express',
  'typeorm',
  'pg',
];

/** What `bench/RESULTS.md` holds. */
export function resultsDocument(
  options: BenchOptions,
  results: BenchResults,
  tables: { scenarios: string; ratios: string; warning?: string },
): string {
  const [cpu] = cpus();
  const { rounds, contenderWarmUpMs, warmUpMs, durationMs } = options;
  return `# Callbacks per second

Written by \`npm run bench\`. Every contender runs in a process of its own, on one machine with the database and the generator of the load; callbacks are signed beforehand, every answer is checked, and the records are counted after each run. The database is durable (\`fsync\` on). What a ratio compares is measured in one go, and nothing else meanwhile: each contender works ${contenderWarmUpMs / 1_000} s before anything counts; then runs of ${durationMs / 1_000} s after ${warmUpMs / 1_000} s of warm-up, taken in turns, ${rounds} rounds.

- Machine: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${type()} ${release()}
- Node.js ${process.versions.node}, PostgreSQL ${results.databaseVersion}, ${LIBRARIES.map((name) => `${name} ${versionOf(name)}`).join(', ')}

## Ratios

Each round's ratio by itself, then the median of the rounds. Noise is how much a contender of the ratio differs from one of its rounds to the next.

${tables.ratios}${tables.warning === undefined ? '' : `\n\n${tables.warning}`}

[Where the time goes](PROFILE.md) explains the ratios that miss their targets.

## Contenders

Medians of the rounds, of all ratios in which a contender takes part. CPU is per callback; memory is the most that the app's processes had resident in a run; the generator's CPU is its share of one core.

${tables.scenarios}

- \`Nest …\`: the same requests are posted, and answered with fixed JSON of the same length.
- \`floor\`: \`node:http\`, the signature verified, the body parsed, the ticket opened, and the upload recorded by this package's recorder; no framework and no other check.
- \`hand-written …\`: a Nest app as the vendor's documents have people write it: the public key fetched once, the signature verified over the raw body that Nest keeps, the upload saved with TypeORM. It has no ticket, asks no bucket, limits neither time nor number, and records a callback that comes again as often as its request id differs.
- \`pg INSERT\`: one prepared INSERT of one row for each upload, without HTTP, as many at once as the load says. \`pg transaction\`: the record, then in a transaction the handler's INSERT, the change to \`completed\` and the commit.
- \`module …\`: this package in a Nest app, with \`confirmObject: 'never'\`: signature, ticket, one row however often a callback comes, deadline and limits; with one handler that inserts one row; with the object looked up in the local OSS.
- \`keep-alive 64\`: 64 connections that stay open. \`close 64\`: 64 requests at once, each on a connection of its own, its time counted from the wish to connect.
`;
}

function versionOf(name: string): string {
  // Not every package lets its manifest be resolved; that of its entry's nearest folder is read.
  const entry = createRequire(import.meta.url).resolve(name);
  const folder = `${sep}node_modules${sep}${name.split('/').join(sep)}${sep}`;
  const path = entry.slice(0, entry.lastIndexOf(folder) + folder.length) + 'package.json';
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
