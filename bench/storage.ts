import { DataSource } from 'typeorm';
import { ossCallbackEntities, runOssCallbackMigrations } from '../src/index.js';
import { startEmbeddedPostgres } from '../tools/embedded-postgres/index.js';
import { auditQuestions } from './storage/audit-questions.js';
import { addUploads, fillUploads } from './storage/fill-uploads.js';
import { type RecordingBench, startRecordingBench } from './storage/recording-rate.js';
import { readPlan } from './storage/read-plans.js';

/**
 * `node dist/bench/storage.js`: what the audit's questions read at ten thousand and at ten million records, and how fast
 * records are written to an empty and to the large table. Ends with 1 where the large table is worse than promised.
 * Ten million records take about 10 GB of disk while it runs. `node dist/bench/storage.js defaults` leaves PostgreSQL its
 * own settings: 128 MB of `shared_buffers`, 1 GB of `max_wal_size`.
 */

const SETTINGS: { postgresOptions: Record<string, string>; leastRate: number } =
  process.argv[2] === 'defaults'
    ? { postgresOptions: {}, leastRate: 0.5 }
    : {
        // As PostgreSQL's manual recommends for a server with such a table: a quarter of its memory for pages, and a log
        // that leaves minutes between two checkpoints.
        postgresOptions: {
          shared_buffers: '4GB',
          maintenance_work_mem: '1GB',
          max_wal_size: '16GB',
          checkpoint_timeout: '15min',
        },
        leastRate: 0.85,
      };
const FEW_ROWS = 10_000;
const MANY_ROWS = Number(process.env.ROWS ?? 10_000_000);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const ROWS_PER_ROUND = 20_000;
const WARM_ROWS = 300_000;
/** Of the pages that the small table takes; two more levels of each of its indexes are allowed besides. */
const PAGES_FACTOR = 1.5;
const PAGES_MORE = 16;

async function main(): Promise<boolean> {
  const { postgresOptions } = SETTINGS;
  const postgres = await startEmbeddedPostgres({ durable: true, postgresOptions });
  try {
    const few = await open(postgres.url, 'few');
    const many = await open(postgres.url, 'many');
    await fillUploads(few, FEW_ROWS);
    await timed(`${MANY_ROWS} records with their indexes`, () => fillUploads(many, MANY_ROWS));
    console.table(await sizes(many));
    const arePlansGood = await comparePlans(few, many);
    const isRateGood = await compareRates(few, many);
    return arePlansGood && isRateGood;
  } finally {
    await postgres.stop();
  }
}

async function comparePlans(few: DataSource, many: DataSource): Promise<boolean> {
  const lines = [];
  for (const question of auditQuestions) {
    const small = await readPlan(few, question);
    const large = await readPlan(many, question);
    lines.push({
      question: question.name,
      rows: large.rows,
      [`pages at ${FEW_ROWS}`]: small.pages,
      [`pages at ${MANY_ROWS}`]: large.pages,
      right: large.pages <= small.pages * PAGES_FACTOR + PAGES_MORE,
      scans: large.scans.join(', '),
    });
  }
  console.table(lines);
  return lines.every(({ right }) => right);
}

/**
 * In turns, in the middle between two checkpoints: right after one, every page that is changed for the first time is also
 * written to the log as a whole, which a table of ten million records has far more of.
 */
async function compareRates(few: DataSource, many: DataSource): Promise<boolean> {
  await timed(`${WARM_ROWS} records more`, () => addUploads(many, MANY_ROWS, WARM_ROWS));
  const [empty, large] = await Promise.all([few, many].map(benchOn));
  const rates: { empty: number[]; large: number[] } = { empty: [], large: [] };
  const measure = async (name: keyof typeof rates, bench: RecordingBench) => {
    rates[name].push(await bench.measure(ROWS_PER_ROUND));
  };
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      await few.query('TRUNCATE oss_uploads');
      if (round % 2 === 0) await measure('empty', empty!);
      await measure('large', large!);
      if (round % 2 === 1) await measure('empty', empty!);
    }
  } finally {
    await Promise.all([empty!.close(), large!.close()]);
  }
  // The first round finds both processes cold.
  const [emptyRate, largeRate] = [median(rates.empty.slice(1)), median(rates.large.slice(1))];
  const ratio = largeRate / emptyRate;
  console.table({
    'into the empty table': {
      'uploads per second': Math.round(emptyRate),
      rounds: show(rates.empty),
    },
    [`at ${MANY_ROWS} records`]: {
      'uploads per second': Math.round(largeRate),
      rounds: show(rates.large),
    },
  });
  const { leastRate } = SETTINGS;
  console.log(`recording: ${ratio.toFixed(2)} of the empty table's rate, at least ${leastRate}`);
  return ratio >= leastRate;
}

function benchOn(dataSource: DataSource): Promise<RecordingBench> {
  return startRecordingBench((dataSource.options as { url: string }).url);
}

async function open(serverUrl: string, name: string): Promise<DataSource> {
  const server = new DataSource({ type: 'postgres', url: serverUrl });
  await server.initialize();
  await server.query(`CREATE DATABASE ${name}`);
  await server.destroy();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const dataSource = new DataSource({
    type: 'postgres',
    url: url.href,
    entities: ossCallbackEntities,
  });
  await dataSource.initialize();
  await runOssCallbackMigrations(dataSource);
  return dataSource;
}

async function sizes(dataSource: DataSource): Promise<unknown[]> {
  return dataSource.query(`
    SELECT relname AS name, pg_size_pretty(pg_relation_size(oid)) AS size
    FROM pg_class
    WHERE oid = 'oss_uploads'::regclass
      OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'oss_uploads'::regclass)`);
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await work();
  console.log(`${what}: ${Math.round((performance.now() - started) / 1_000)} s`);
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function show(values: number[]): string {
  return values.map(Math.round).join(' ');
}

main().then(
  (right) => process.exit(right ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
