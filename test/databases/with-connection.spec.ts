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
  const runner = dataSource.createQueryRunner();
  await runner.startTransaction();
  // short, since nothing is left to be done within it
  const limits = { timeoutMs: 100, onTimeout: () => new Error('too late') };
  const failed = withConnection(runner, limits, () => {
    proxy.stall();
    return Promise.reject(new Error('of the work'));
  });
  await expect(failed).rejects.toThrow('of the work');
  proxy.pass();
  expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
