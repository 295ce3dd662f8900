import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { ossCallbackEntities, runOssCallbackMigrations } from '../../src/index.js';
import { createTestKeyPair } from '../../src/testing/index.js';
import { startEmbeddedPostgres } from '../../tools/embedded-postgres/index.js';
import { flood, type FloodFigures } from './flood-requests.js';
import { startApp } from './start-app.js';
import { startOssProcess } from './programs.js';

/**
 * Part of `npm run test:soak`: an app in a process of its own takes 50,000 unsigned requests, and signed callbacks in
 * between. Ends with 1 where too few of those count, or where log and table are filled.
 */
const UNSIGNED = Number(process.env.SOAK_FLOOD ?? 50_000);
const SIGNED = Math.ceil(UNSIGNED / 50);
const TICKET_SECRET = 'Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA==';
const MAX_ROWS = 1_000;

async function main(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-flood-'));
  const postgres = await startEmbeddedPostgres();
  const oss = await startOssProcess(join(folder, 'oss'));
  const dataSource = new DataSource({
    type: 'postgres',
    url: postgres.url,
    entities: ossCallbackEntities,
  });
  try {
    await dataSource.initialize();
    await runOssCallbackMigrations(dataSource);
    const results: Record<string, FloodFigures> = {};
    for (const platform of ['Express', 'Fastify'] as const) {
      const keyPair = createTestKeyPair();
      const app = await startApp({
        platform,
        databaseUrl: postgres.url,
        handlers: 'none',
        options: {
          publicUrl: 'https://api.example.com',
          buckets: { main: { bucket: 'uploads', region: 'cn-hangzhou' } },
          tickets: { secrets: [TICKET_SECRET], required: false },
          confirmObject: 'never',
          environment: 'test',
          localOss: { url: oss.url, publicKey: keyPair.publicKey },
          rejections: { maxRows: MAX_ROWS },
        },
      });
      try {
        results[platform] = await flood({
          url: app.url,
          ossUrl: oss.url,
          privateKey: keyPair.privateKey,
          unsigned: UNSIGNED,
          signed: SIGNED,
          dataSource,
          endApp: () => app.stop(),
        });
      } finally {
        await app.stop();
      }
    }
    console.table(results);
    return Object.entries(results)
      .map(([platform, figures]) => holds(platform, figures))
      .every(Boolean);
  } finally {
    await dataSource.destroy();
    await oss.stop();
    await postgres.stop();
    await rm(folder, { recursive: true });
  }
}

function holds(platform: string, figures: FloodFigures): boolean {
  return [
    check(figures.signedShare >= 0.9, `${platform}: 0.9 of the signed callbacks count`),
    check(figures.unsignedRefused === UNSIGNED, `${platform}: every unsigned request is refused`),
    check(figures.unsignedOnRecord === UNSIGNED, `${platform}: every refusal is counted`),
    check(figures.rows <= MAX_ROWS, `${platform}: the table keeps to its ${MAX_ROWS} rows`),
    check(figures.unsignedRows <= 30 + figures.minutes * 30, `${platform}: few rows are unsigned`),
  ].every(Boolean);
}

function check(isTrue: boolean, promise: string): boolean {
  console.log(`${isTrue ? 'holds' : 'BROKEN'}: ${promise}`);
  return isTrue;
}

process.exitCode = (await main()) ? 0 : 1;
