import { type CheckSink, reasonOf } from '../check.js';
import { type DatabaseNames, DoctorDatabase } from '../network/doctor-database.js';

const TABLES = ['oss_uploads', 'oss_upload_tickets', 'oss_callback_rejections'];

/** What to mend, by the code of PostgreSQL or of the network. */
const CURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Start PostgreSQL, or correct host and port in DATABASE_URL.',
  ENOTFOUND: 'Correct the host in DATABASE_URL.',
  '28P01': 'Correct user and password in DATABASE_URL.',
  '28000': "Correct the user in DATABASE_URL, or allow it in the server's pg_hba.conf.",
  '3D000': 'Correct the name of the database in DATABASE_URL, or create it.',
  '53300': 'The server has no connection left: raise max_connections, or let the app use fewer.',
};

/**
 * Whether the database answers, has this package's tables, and had its migrations.
 * @returns the open connection, for whoever needs it later
 */
export async function checkDatabase(
  { url, names, timeoutMs }: { url: string | undefined; names: DatabaseNames; timeoutMs: number },
  sink: CheckSink,
): Promise<DoctorDatabase | undefined> {
  if (url === undefined || url === '') {
    sink.add({
      id: 'database',
      status: 'skipped',
      message: 'The database was not looked at: its address is not known here.',
      cure: 'Set DATABASE_URL, or give --database-url.',
    });
    return undefined;
  }
  const place = placeOf(url);
  sink.progress(`connecting to the database ${place}`);
  let database: DoctorDatabase;
  try {
    database = await DoctorDatabase.connect(url, names, timeoutMs);
  } catch (error) {
    sink.add({
      id: 'database',
      status: 'failed',
      message: `The database ${place} cannot be reached: ${reasonOf(error)}.`,
      cure: cureOf(error),
    });
    return undefined;
  }
  sink.add({ id: 'database', status: 'ok', message: `The database ${place} answers.` });
  try {
    if (await checkTables(database, sink)) await checkMigrations(database, names, sink);
  } catch (error) {
    sink.add({
      id: 'database.tables',
      status: 'failed',
      message: `The database ${place} could not be read: ${reasonOf(error)}.`,
      cure: 'Give the user of DATABASE_URL the right to read the tables.',
    });
  }
  return database;
}

async function checkTables(database: DoctorDatabase, sink: CheckSink): Promise<boolean> {
  const missing: string[] = [];
  for (const table of TABLES) {
    if (!(await database.hasTable(table))) missing.push(database.nameOf(table));
  }
  if (missing.length === 0) {
    sink.add({
      id: 'database.tables',
      status: 'ok',
      message: `The tables ${TABLES.map((table) => database.nameOf(table)).join(', ')} are there.`,
    });
    return true;
  }
  sink.add({
    id: 'database.tables',
    status: 'failed',
    message: `These tables do not exist: ${missing.join(', ')}.`,
    cure: 'Run runOssCallbackMigrations(dataSource) before the app starts, or list ossCallbackMigrations in the DataSource. Where the tables have other names, give --database-schema and --table-prefix.',
  });
  return false;
}

async function checkMigrations(
  database: DoctorDatabase,
  { migrationsTable }: DatabaseNames,
  sink: CheckSink,
): Promise<void> {
  const id = 'database.migrations';
  const { ossCallbackMigrations } = await import('../../../index.js');
  const names = ossCallbackMigrations.map((Migration) => new Migration().name);
  const executed = await database.executedMigrations();
  if (executed === undefined) {
    sink.add({
      id,
      status: 'warning',
      message: `There is no table ${migrationsTable}, so nothing says which migrations ran.`,
      cure: "Give --migrations-table where the DataSource's migrationsTableName is another.",
    });
    return;
  }
  const pending = names.filter((name) => !executed.includes(name));
  sink.add(
    pending.length === 0
      ? { id, status: 'ok', message: `All ${names.length} of this package's migrations ran.` }
      : {
          id,
          status: 'failed',
          message: `These migrations did not run: ${pending.join(', ')}.`,
          cure: 'Run runOssCallbackMigrations(dataSource), or typeorm migration:run.',
        },
  );
}

function cureOf(error: unknown): string {
  const codes = error instanceof AggregateError ? error.errors : [error];
  const known = codes.map((each) => CURES[String((each as { code?: unknown }).code)]);
  return (
    known.find((cure) => cure !== undefined) ??
    'Look at DATABASE_URL, at the server, and at the firewall between them.'
  );
}

/** Host, port and database of a URL, without user and password. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host || 'on this machine'}${pathname}`;
  } catch {
    return 'of DATABASE_URL (which is no URL)';
  }
}
