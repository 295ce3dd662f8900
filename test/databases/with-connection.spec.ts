import { DataSource } from 'typeorm';
import { expect, it, onTestFinished } from 'vitest';
import { withConnection } from '../../src/database/connection.js';
import { StallingProxy } from '../limits/stalling-proxy.js';
import { createMigratedDatabase } from '../support/test-app.js';

it('a transaction whose ROLLBACK is not heard gives its connection up in time', async () => {
  const database = await createMigratedDatabase();
  const proxy = new StallingProxy(new URL(database.url));
  await proxy.start();
  const dataSource = new DataSource({ type: 'postgres', url: proxy.url, poolSize: 1 });
  await dataSource.initialize();
  onTestFinished(async () => {
    proxy.pass();
    await dataSource.destroy();
    await proxy.stop();
    await database.drop();
  });
  const limits = { timeoutMs: 3_000, onTimeout: () => new Error('too late') };
  const runner = dataSource.createQueryRunner();
  const failed = withConnection(runner, limits, async () => {
    await runner.startTransaction();
    proxy.stall();
    throw new Error('of the work');
  });
  await expect(failed).rejects.toThrow('of the work');
  proxy.pass();
  expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
