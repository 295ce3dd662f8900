import type { DataSource, EntityManager } from 'typeorm';
import type { OssUpload } from '../../src/index.js';
import { createMigratedDatabase } from '../support/test-app.js';
import type { TestDatabase } from '../support/test-database.js';
import { onServer } from '../support/server-connection.js';

/** A database in which handlers leave what they did. */
export async function createDatabaseWithEffects(): Promise<TestDatabase> {
  const database = await createMigratedDatabase();
  await onServer(database.url, async (client) => {
    await client.query('CREATE TABLE effects (upload_id uuid, handler text)');
  });
  return database;
}

export async function leaveEffect(
  { id }: OssUpload,
  manager: EntityManager,
  handler: string,
): Promise<void> {
  await manager.query('INSERT INTO effects VALUES ($1, $2)', [id, handler]);
}

/** The names of the handlers whose writes are committed, in their order of names. */
export async function effectsOf(dataSource: DataSource, uploadId: string): Promise<string[]> {
  const rows = (await dataSource.query(
    'SELECT handler FROM effects WHERE upload_id = $1 ORDER BY handler',
    [uploadId],
  )) as { handler: string }[];
  return rows.map(({ handler }) => handler);
}

/** Makes the pause of an upload outlast any test. */
export async function postpone(dataSource: DataSource, uploadId: string): Promise<void> {
  await dataSource.query(
    `UPDATE oss_uploads SET next_attempt_at = now() + interval '1 hour' WHERE id = $1`,
    [uploadId],
  );
}

/** Lets the pause or lease of an upload be over. */
export async function makeDue(dataSource: DataSource, uploadId: string): Promise<void> {
  await dataSource.query(`UPDATE oss_uploads SET next_attempt_at = now() WHERE id = $1`, [
    uploadId,
  ]);
}
