import { type DataSource, Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import { ossCallbackMigrations } from '../../migrations/index.js';
import { OssCallbackError } from '../common/errors.js';
import { nameOfEntity, ossCallbackEntities } from './entities.js';

/** An arbitrary number, which other software on the same database is unlikely to use. */
const ADVISORY_LOCK = '7163049152281946';

/**
 * Creates or updates this package's tables, and no others. Any number of instances may call it at once: one runs the
 * migrations, the others wait. Executed migrations are recorded in the DataSource's own migrations table, as if
 * `ossCallbackMigrations` were among the app's migrations.
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
    throw error;
  } finally {
    await queryRunner.release();
  }
}

/**
 * Fails if a table is missing or an entity is not part of the DataSource; called when an app starts.
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
  for (const entity of ossCallbackEntities) {
    const { tablePath } = dataSource.getMetadata(entity);
    const quoted = tablePath
      .split('.')
      .map((part) => `"${part.replaceAll('"', '""')}"`)
      .join('.');
    const [row] = (await dataSource.query('SELECT to_regclass($1) AS "table"', [quoted])) as {
      table: string | null;
    }[];
    if (row?.table == null) {
      throw new OssCallbackError(
        'TABLES_MISSING',
        `OssCallbackModule: the table ${tablePath} does not exist. Run runOssCallbackMigrations(dataSource) before the app starts, or add ...ossCallbackMigrations to the DataSource's migrations.`,
      );
    }
  }
}

async function createSchema(dataSource: DataSource, queryRunner: QueryRunner): Promise<void> {
  const { schema } = dataSource.options as { schema?: string };
  if (schema) await queryRunner.createSchema(schema, true);
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
