import { DataSource } from 'typeorm';
import { ossCallbackEntities, runOssCallbackMigrations } from '../../src/index.js';

/** Makes the tables of this package. */
export async function migrate(databaseUrl: string): Promise<void> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: ossCallbackEntities,
  });
  await dataSource.initialize();
  await runOssCallbackMigrations(dataSource);
  await dataSource.destroy();
}
