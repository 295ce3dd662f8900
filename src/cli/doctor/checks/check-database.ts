import { reasonOf } from '../../../common/error-text.js';
import type { DoctorReport } from '../report.js';
import { type DatabaseNames, DoctorDatabase } from '../network/doctor-database.js';

const TABLES = ['oss_uploads', 'oss_upload_tickets', 'oss_callback_rejections'];

/** By error code of PostgreSQL or of the network. */
const FIXES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Start PostgreSQL, or correct the host and port in DATABASE_URL.',
  ENOTFOUND: 'Correct the host in DATABASE_URL.',
  '28P01': 'Correct the user and password in DATABASE_URL.',
  '28000': "Correct the user in DATABASE_URL, or allow it in the server's pg_hba.conf.",
  '3D000': 'Correct the name of the database in DATABASE_URL, or create the database.',
  '53300': 'The server has no free connections: raise max_connections, or let the app use fewer.',
};

/**
 * Whether the database accepts connections, has this package's tables, and ran its migrations.
 * @returns the open connection, which later checks use
 */
export async function checkDatabase(
  { url, names, timeoutMs }: { url: string | undefined; names: DatabaseNames; timeoutMs: number },
  report: DoctorReport,
): Promise<DoctorDatabase | undefined> {
  if (url === undefined || url === '') {
    report.skipped(
      'database',
      'The database was not checked: DATABASE_URL is not set.',
      'Set DATABASE_URL, or pass --database-url.',
    );
    return undefined;
  }
  const place = placeOf(url);
  report.progress(`connecting to the database ${place}`);
  let database: DoctorDatabase;
  try {
    database = await DoctorDatabase.connect(url, names, timeoutMs);
  } catch (error) {
    report.failed(
      'database',
      `The connection to the database ${place} failed: ${reasonOf(error)}.`,
      fixFor(error),
    );
    return undefined;
  }
  report.ok('database', `The database ${place} accepts connections.`);
  try {
    if (await checkTables(database, report)) await checkMigrations(database, names, report);
  } catch (error) {
    report.failed(
      'database.tables',
      `The database ${place} could not be read: ${reasonOf(error)}.`,
      'Grant the user in DATABASE_URL SELECT on the tables.',
    );
  }
  return database;
}

async function checkTables(database: DoctorDatabase, report: DoctorReport): Promise<boolean> {
  const missing: string[] = [];
  for (const table of TABLES) {
    if (!(await database.hasTable(table))) missing.push(database.nameOf(table));
  }
  if (missing.length === 0) {
    report.ok(
      'database.tables',
      `The tables ${TABLES.map((table) => database.nameOf(table)).join(', ')} exist.`,
    );
    return true;
  }
  report.failed(
    'database.tables',
    `These tables do not exist: ${missing.join(', ')}.`,
    'Run runOssCallbackMigrations(dataSource) before the app starts, or list ossCallbackMigrations in the DataSource. If the tables have other names, pass --database-schema and --table-prefix.',
  );
  return false;
}

async function checkMigrations(
  database: DoctorDatabase,
  { migrationsTable }: DatabaseNames,
  report: DoctorReport,
): Promise<void> {
  const id = 'database.migrations';
  const { ossCallbackMigrations } = await import('../../../index.js');
  const names = ossCallbackMigrations.map((Migration) => new Migration().name);
  const executed = await database.executedMigrations();
  if (executed === undefined) {
    report.warning(
      id,
      `There is no table ${migrationsTable}, so it is unknown which migrations ran.`,
      'Pass --migrations-table if the DataSource sets migrationsTableName.',
    );
    return;
  }
  const pending = names.filter((name) => !executed.includes(name));
  if (pending.length === 0) {
    report.ok(id, 'All migrations of this package ran.');
    return;
  }
  report.failed(
    id,
    `These migrations have not run: ${pending.join(', ')}.`,
    'Run runOssCallbackMigrations(dataSource), or typeorm migration:run.',
  );
}

function fixFor(error: unknown): string {
  const codes = error instanceof AggregateError ? error.errors : [error];
  const known = codes.map((each) => FIXES[String((each as { code?: unknown }).code)]);
  return (
    known.find((fix) => fix !== undefined) ??
    'Check DATABASE_URL, the server, and the firewall between them.'
  );
}

/** Host, port and database of a URL, without user and password. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host || 'on this machine'}${pathname}`;
  } catch {
    return 'in DATABASE_URL (not a valid URL)';
  }
}
