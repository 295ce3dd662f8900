import { expect, test } from 'vitest';
import { onServer } from './server-connection.js';
import { createTestDatabase } from './test-database.js';

test('one template serves databases that are asked for at the same time', async () => {
  let migrations = 0;
  const migrate = async (url: string) => {
    migrations += 1;
    await onServer(url, (client) => client.query('CREATE TABLE made_by_migration (id int)'));
  };
  const options = { migrate, template: 'test_database_spec' };
  const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase(options)));

  expect(migrations).toBe(1);
  expect(new Set(databases.map(({ name }) => name)).size).toBe(4);
  for (const database of databases) {
    const found = onServer(database.url, (client) =>
      client.query('SELECT * FROM made_by_migration'),
    );
    await expect(found).resolves.toBeDefined();
    await database.drop();
  }
});

test('a failed migration leaves no template behind', async () => {
  const template = 'test_database_spec_failing';
  const broken = createTestDatabase({ migrate: () => Promise.reject(new Error('no')), template });
  await expect(broken).rejects.toThrow('no');

  const fixed = await createTestDatabase({ migrate: async () => {}, template });
  await fixed.drop();
});
