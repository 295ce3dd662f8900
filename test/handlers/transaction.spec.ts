import { Client } from 'pg';
import {
  type DataSource,
  type DataSourceOptions,
  EventSubscriber,
  type EntitySubscriberInterface,
} from 'typeorm';
import type { TransactionStartEvent } from 'typeorm/subscriber/event/TransactionStartEvent.js';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EntitySql } from '../../src/database/entity-sql.js';
import { HandlerTransactionStatements } from '../../src/completion/handler-transaction-statements.js';
import { completeInTransaction } from '../../src/completion/handler-transaction.js';
import type { UploadHandler } from '../../src/completion/upload-handlers.js';
import { toUploadRow } from '../../src/recording/upload-row.js';
import { OssUpload } from '../../src/index.js';
import { createUploadId } from '../../src/ticket/upload-id.js';
import { SystemVariablesDto } from '../../src/variables/system-variables.dto.js';
import { openDataSource } from '../support/app-module.js';
import { useDatabase } from '../support/test-app.js';
import { createDatabaseWithEffects, effectsOf, leaveEffect } from './effects.js';

const database = useDatabase(beforeAll, createDatabaseWithEffects);

async function open(options: Partial<DataSourceOptions> = {}): Promise<DataSource> {
  const dataSource = await openDataSource(database.url, options);
  onTestFinished(() => dataSource.destroy());
  return dataSource;
}

/** A row whose first attempt is leased. */
async function leaseUpload(dataSource: DataSource): Promise<OssUpload> {
  const system = Object.assign(new SystemVariablesDto(), { bucket: 'uploads', object: 'a.txt' });
  const identity = `req:${createUploadId()}`;
  const report = { identity, system, variables: {}, receivedAt: new Date() };
  const row = toUploadRow(report, { state: 'skipped' }, () => ({
    status: 'received',
    attempts: 0,
    nextAttemptAt: new Date(),
    completedAt: null,
  }));
  return dataSource.getRepository(OssUpload).save(row);
}

const statementsOf = new Map<DataSource, HandlerTransactionStatements>();

function complete(dataSource: DataSource, upload: OssUpload, ...runs: UploadHandler['run'][]) {
  const handlers = runs.map((run, index) => ({ name: `handler${index}`, run }) as UploadHandler);
  const statements =
    statementsOf.get(dataSource) ??
    new HandlerTransactionStatements(new EntitySql(dataSource, OssUpload));
  statementsOf.set(dataSource, statements);
  return completeInTransaction({
    dataSource,
    statements,
    upload: Object.assign(new OssUpload(), upload, { attempts: upload.attempts + 1 }),
    isCounted: false,
    findHandlers: () => handlers,
    times: { timeoutMs: 5_000, leaseSeconds: 35 },
  });
}

const statusOf = async (dataSource: DataSource, { id }: OssUpload) =>
  (await dataSource.getRepository(OssUpload).findOneByOrFail({ id })).status;

describe('the transaction in which handlers run', () => {
  it('fails with what the handler threw as its cause', async () => {
    const dataSource = await open();
    const failing = complete(dataSource, await leaseUpload(dataSource), function setAvatar() {
      throw new TypeError('no user');
    });
    await expect(failing).rejects.toMatchObject({
      message: 'handler0 threw TypeError: no user',
      cause: { stack: expect.stringMatching(/^TypeError: no user\n +at .*setAvatar/) as string },
    });
  });

  it('takes two round trips to the database besides those of the handlers', async () => {
    const dataSource = await open({ poolSize: 1 });
    await complete(dataSource, await leaseUpload(dataSource)); // the connection prepares
    const upload = await leaseUpload(dataSource);
    const query = vi.spyOn(Client.prototype, 'query');
    onTestFinished(() => query.mockRestore());
    await complete(dataSource, upload, (mine, manager) => leaveEffect(mine, manager, 'one'));
    expect(query).toHaveBeenCalledTimes(3);
    query.mockRestore();
    expect(await statusOf(dataSource, upload)).toBe('completed');
    expect(await effectsOf(dataSource, upload.id)).toEqual(['one']);
  });

  it('does without prepared statements behind a pooler that loses them', async () => {
    const dataSource = await open({ poolSize: 1 });
    await complete(dataSource, await leaseUpload(dataSource));
    // as a pooler does that gives the next statement to another of its connections
    await dataSource.query('DEALLOCATE ALL');
    for (const effect of ['first', 'second']) {
      const upload = await leaseUpload(dataSource);
      await complete(dataSource, upload, (mine, manager) => leaveEffect(mine, manager, effect));
      expect(await statusOf(dataSource, upload)).toBe('completed');
      expect(await effectsOf(dataSource, upload.id)).toEqual([effect]);
    }
  });

  it('does without them where another client of the pooler has prepared them', async () => {
    const other = await open({ poolSize: 1 });
    await complete(other, await leaseUpload(other));
    const dataSource = await open({ poolSize: 1 });
    const [sent] = (await other.query(
      'SELECT statement FROM pg_prepared_statements WHERE from_sql LIMIT 1',
    )) as [{ statement: string }];
    await dataSource.query(sent.statement);
    const upload = await leaseUpload(dataSource);
    await complete(dataSource, upload);
    expect(await statusOf(dataSource, upload)).toBe('completed');
  });

  it('counts and leases its attempt for good before it runs a handler', async () => {
    const dataSource = await open();
    const upload = await leaseUpload(dataSource);
    let meanwhile: OssUpload | undefined;
    const handler = async () => {
      meanwhile = await dataSource.getRepository(OssUpload).findOneByOrFail({ id: upload.id });
      throw new Error('not now');
    };
    await expect(complete(dataSource, upload, handler)).rejects.toThrow('not now');
    expect(meanwhile).toMatchObject({ status: 'received', attempts: 1 });
    expect(meanwhile!.nextAttemptAt!.getTime()).toBeGreaterThan(Date.now());
    expect(await statusOf(dataSource, upload)).toBe('received');
  });

  it('leaves a row that is another attempt of the upload alone', async () => {
    const dataSource = await open();
    const upload = await leaseUpload(dataSource);
    const run = vi.fn();
    upload.attempts = 2;
    expect(await complete(dataSource, upload, run)).toBeUndefined();
    expect(run).not.toHaveBeenCalled();
    expect(await statusOf(dataSource, upload)).toBe('received');
  });

  it('is READ COMMITTED and limited in time, whatever the host has set', async () => {
    const dataSource = await open({ isolationLevel: 'SERIALIZABLE' } as never);
    const upload = await leaseUpload(dataSource);
    let settings: unknown;
    await complete(dataSource, upload, async (_mine, manager) => {
      settings = await manager.query(
        `SELECT current_setting('transaction_isolation') AS isolation,
          current_setting('statement_timeout') AS statement,
          current_setting('idle_in_transaction_session_timeout') AS idle`,
      );
    });
    expect(settings).toEqual([{ isolation: 'read committed', statement: '5s', idle: '5s' }]);
  });

  it('lets a handler roll back a part of its own', async () => {
    const dataSource = await open();
    const upload = await leaseUpload(dataSource);
    await complete(dataSource, upload, async (mine, manager) => {
      const failing = manager.transaction(async (inner) => {
        await leaveEffect(mine, inner, 'undone');
        throw new Error('not this part');
      });
      await expect(failing).rejects.toThrow('not this part');
      await manager.transaction((inner) => leaveEffect(mine, inner, 'kept'));
    });
    expect(await effectsOf(dataSource, upload.id)).toEqual(['kept']);
    expect(await statusOf(dataSource, upload)).toBe('completed');
  });

  it('completes nothing where a handler leaves a transaction of its own open', async () => {
    const dataSource = await open({ poolSize: 1 });
    const upload = await leaseUpload(dataSource);
    const completing = complete(dataSource, upload, async (mine, manager) => {
      await manager.queryRunner!.startTransaction();
      await leaveEffect(mine, manager, 'undone');
    });
    await expect(completing).rejects.toThrow('left a transaction of its own open');
    expect(await statusOf(dataSource, upload)).toBe('received');
    expect(await effectsOf(dataSource, upload.id)).toEqual([]);
    // the pool's only connection is in no transaction any more
    const elsewhere = await open();
    const next = await leaseUpload(dataSource);
    expect(await statusOf(elsewhere, next)).toBe('received');
  });

  it.each(['commitTransaction', 'rollbackTransaction'] as const)(
    'names the handler that ends it with %s()',
    async (end) => {
      const dataSource = await open();
      const upload = await leaseUpload(dataSource);
      const completing = complete(dataSource, upload, (_mine, manager) =>
        manager.queryRunner![end](),
      );
      await expect(completing).rejects.toThrow('a handler ended the transaction');
      expect(await statusOf(dataSource, upload)).toBe('received');
    },
  );

  it('is one of those that the subscribers of the host are told of', async () => {
    const told: string[] = [];
    @EventSubscriber()
    class Subscriber implements EntitySubscriberInterface {
      beforeTransactionStart() {
        told.push('before start');
      }
      async afterTransactionStart({ queryRunner }: TransactionStartEvent) {
        told.push('after start');
        await queryRunner.query(`SELECT set_config('app.tenant', 'acme', true)`);
      }
      beforeTransactionCommit() {
        told.push('before commit');
      }
      afterTransactionCommit() {
        told.push('after commit');
      }
    }
    const plain = await open();
    const upload = await leaseUpload(plain);
    const dataSource = await open({ subscribers: [Subscriber] });
    await complete(dataSource, upload, async (_mine, manager) => {
      const [row] = (await manager.query(`SELECT current_setting('app.tenant') AS tenant`)) as [
        { tenant: string },
      ];
      told.push(row.tenant);
    });
    expect(told).toEqual(['before start', 'after start', 'acme', 'before commit', 'after commit']);
  });
});
