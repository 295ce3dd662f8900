import { Client } from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from './test-database.js';

test('one template serves databases that are asked for at the same time', async () => {
  let migrations = 0;
  const migrate = async (url: string) => {
    migrations += 1;
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query('CREATE TABLE made_by_migration (id int)');
    await client.end();
  };
  const options = { migrate, template: 'test_database_spec' };
  const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase(options)));

  expect(migrations).toBe(1);
  expect(new Set(databases.map(({ name }) => name)).size).toBe(4);
  for (const database of databases) {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await expect(client.query('SELECT * FROM made_by_migration')).resolves.toBeDefined();
    await client.end();
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
