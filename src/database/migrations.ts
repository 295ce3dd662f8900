import { type DataSource, Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { UnfitTableError } from '../../migrations/1763683200000-create-oss-callback-tables.js';
import { ossCallbackMigrations } from '../../migrations/index.js';
import { OssCallbackError } from '../common/errors.js';
import { EntitySql } from './entity-sql.js';
import { nameOfEntity, ossCallbackEntities } from './entities.js';

/** An arbitrary number, which other software on the same database is unlikely to use. */
const ADVISORY_LOCK = '7163049152281946';

/**
 * Creates or updates this package's tables, and no others. Tables that `synchronize` has created are kept. Any number
 * of instances may call it at once: one runs the migrations, the others wait. Executed migrations are recorded in the
 * DataSource's own migrations table, as if `ossCallbackMigrations` were among the app's migrations. A schema is created
 * if it is missing.
 * @throws OssCallbackError `TABLES_MISSING` if a table of that name exists and has other columns
 * @category Entities and migrations
 */
export async function runOssCallbackMigrations(dataSource: DataSource): Promise<void> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    // Regardless of the default level: after waiting for the lock, this must see what was committed meanwhile.
    await queryRunner.startTransaction('READ COMMITTED');
    // The lock ends with the transaction, so it also works behind a pooler that shares connections.
    await queryRunner.query(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    await createSchema(dataSource, queryRunner);
    await runPending(dataSource, queryRunner);
    await queryRunner.commitTransaction();
  } catch (error) {
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
    if (!(error instanceof UnfitTableError)) throw error;
    throw new OssCallbackError('TABLES_MISSING', error.message, { cause: error });
  } finally {
    await queryRunner.release();
  }
}

/**
 * Fails if a table or column is missing, or an entity is not part of the DataSource; called when an app starts.
 * @throws OssCallbackError `TABLES_MISSING`
 */
export async function checkTables(dataSource: DataSource): Promise<void> {
  const absent = ossCallbackEntities.find((entity) => !dataSource.hasMetadata(entity));
  if (absent) {
    throw new OssCallbackError(
      'TABLES_MISSING',
      `OssCallbackModule: the DataSource does not know the entity ${nameOfEntity(absent)}. Add ...ossCallbackEntities to its entities.`,
    );
  }
  for (const entity of ossCallbackEntities) await checkTable(dataSource, entity);
}

async function checkTable(
  dataSource: DataSource,
  entity: (typeof ossCallbackEntities)[number],
): Promise<void> {
  const { tablePath, columns } = dataSource.getMetadata(entity);
  const rows = (await dataSource.query(
    'SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
    [new EntitySql<object>(dataSource, entity).table],
  )) as { name: string }[];
  const found = new Set(rows.map(({ name }) => name));
  const missing = columns
    .map(({ databaseName }) => databaseName)
    .filter((name) => !found.has(name));
  if (missing.length === 0) return;
  const problem =
    found.size === 0
      ? 'does not exist'
      : `has no column ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}`;
  throw new OssCallbackError(
    'TABLES_MISSING',
    `OssCallbackModule: the table ${tablePath} ${problem}. Run runOssCallbackMigrations(dataSource) before the app starts, or add ...ossCallbackMigrations to the DataSource's migrations.`,
  );
}

async function createSchema(dataSource: DataSource, queryRunner: QueryRunner): Promise<void> {
  const { schema } = dataSource.options as { schema?: string };
  if (!schema) return;
  // `CREATE SCHEMA IF NOT EXISTS` needs the right to create schemas even if there is nothing to create.
  const found = (await queryRunner.query('SELECT FROM pg_namespace WHERE nspname = $1', [
    schema,
  ])) as object[];
  if (found.length === 0) await queryRunner.createSchema(schema, true);
}

async function runPending(dataSource: DataSource, queryRunner: QueryRunner): Promise<void> {
  const executor = new MigrationExecutor(dataSource, queryRunner);
  const executed = new Set((await executor.getExecutedMigrations()).map(({ name }) => name));
  for (const MigrationClass of ossCallbackMigrations) {
    const migration = new MigrationClass();
    if (executed.has(migration.name)) continue;
    const timestamp = Number(migration.name.slice(-13));
    await executor.executeMigration(new Migration(undefined, timestamp, migration.name, migration));
  }
}
