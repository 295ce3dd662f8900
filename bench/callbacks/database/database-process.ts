import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { obeyParent } from '../child.js';
import type { Measurement } from '../load/run-load.js';
import { percentile } from '../measure/statistics.js';
import { UsageMeter } from '../measure/usage-meter.js';
import { type BenchUpload, benchUpload } from '../upload.js';
import type { World } from '../world.js';
import { completeStatement, handleStatement, recordStatement } from './statements.js';

export type DatabaseWork = 'insert' | 'transaction';

export type DatabaseMessage =
  | { start: { work: DatabaseWork; connections: number; world: World } }
  | { run: { concurrency: number; warmUpMs: number; durationMs: number; databasePid: number } };

let pool: Pool;
let work: DatabaseWork;
let world: World;

/** `pg` alone, without HTTP: as many operations at once as the other contenders have connections. */
obeyParent(async (message: DatabaseMessage) => {
  if ('start' in message) {
    ({ work, world } = message.start);
    pool = new Pool({ connectionString: world.databaseUrl, max: message.start.connections });
    return undefined;
  }
  return run(message.run);
});

async function run(order: Extract<DatabaseMessage, { run: unknown }>['run']): Promise<Measurement> {
  const operate = work === 'insert' ? insert : transact;
  const stopping = new AbortController();
  const latenciesMs: number[] = [];
  let index = 0;
  let answered = 0;
  let isMeasuring = false;
  const worker = async () => {
    while (!stopping.signal.aborted) {
      const upload = benchUpload(world.firstUploadAt, index++);
      const startedAtMs = performance.now();
      await operate(upload);
      answered += 1;
      if (isMeasuring) latenciesMs.push(performance.now() - startedAtMs);
    }
  };
  const workers = Promise.all(Array.from({ length: order.concurrency }, worker));
  workers.catch(() => undefined); // told below
  const meter = new UsageMeter({ app: process.pid, database: order.databasePid });
  await pause(order.warmUpMs);
  meter.start();
  isMeasuring = true;
  await pause(order.durationMs);
  isMeasuring = false;
  const measuredMs = meter.stop();
  stopping.abort();
  await workers;
  return {
    perSecond: (latenciesMs.length / measuredMs) * 1_000,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    answered,
    usage: { ...meter.usage(latenciesMs.length), generatorShare: 0 },
  };
}

async function insert(upload: BenchUpload): Promise<void> {
  const { rowCount } = await pool.query(recordStatement(upload, 'completed'));
  if (rowCount !== 1) throw new Error(`upload ${upload.id} was there already`);
}

async function transact(upload: BenchUpload): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(recordStatement(upload, 'received'));
    await client.query('BEGIN');
    await client.query(handleStatement(upload));
    await client.query(completeStatement(upload));
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
