import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  OssCallbackError,
  ossCallbackEntities,
  ossCallbackMigrations,
  OssUpload,
  OssUploadTicket,
  runOssCallbackMigrations,
} from '../../src/index.js';
import { makeTicket } from '../audit/audit-world.js';
import { deliver, lastCallback } from '../callbacks/deliver.js';
import { startTestApp, startAppForTest } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';
import { HouseRulesNaming, SnakeCaseNaming } from './naming-strategies.js';

type HostOptions = Partial<Extract<DataSourceOptions, { type: 'postgres' }>>;

interface Layout {
  name: string;
  options: HostOptions;
  /** A table as PostgreSQL knows it then. */
  uploadsTable: string;
}

const layouts: Layout[] = [
  { name: 'as it is', options: {}, uploadsTable: 'public.oss_uploads' },
  {
    name: 'an entityPrefix',
    options: { entityPrefix: 'shop_' },
    uploadsTable: 'public.shop_oss_uploads',
  },
  {
    name: 'a schema yet to be made',
    options: { schema: 'Media' },
    uploadsTable: '"Media".oss_uploads',
  },
  {
    name: 'snake-case names',
    options: { namingStrategy: new SnakeCaseNaming() },
    uploadsTable: 'public.oss_uploads',
  },
  {
    name: 'a strategy that renames it all',
    options: { namingStrategy: new HouseRulesNaming() },
    uploadsTable: 'public."T_OSS_UPLOADS"',
  },
  {
    name: 'all of them at once',
    options: {
      schema: 'media',
      entityPrefix: 'shop_',
      namingStrategy: new HouseRulesNaming(),
    },
    uploadsTable: 'media."shop_T_OSS_UPLOADS"',
  },
];

const waysToMigrate = {
  'by runOssCallbackMigrations': runOssCallbackMigrations,
  "as part of the host's own migrations": async (dataSource: DataSource) => {
    await dataSource.runMigrations();
  },
};

describe.each(layouts)("in a host's DataSource with $name", ({ options, uploadsTable }) => {
  describe.each(Object.entries(waysToMigrate))('migrated %s', (_way, migrate) => {
    it('the tables are there, migration:generate and a second run have nothing to do, and it can be taken back', async () => {
      const dataSource = await openDataSource(await createDatabase(), options);
      await prepareSchema(dataSource, migrate);
      await migrate(dataSource);

      expect(await tableExists(dataSource, uploadsTable)).toBe(true);
      const difference = await dataSource.driver.createSchemaBuilder().log();
      expect(difference.upQueries.map(({ query }) => query)).toEqual([]);
      await runOssCallbackMigrations(dataSource);
      expect(await dataSource.runMigrations()).toEqual([]);

      await dataSource.undoLastMigration();
      expect(await tableExists(dataSource, uploadsTable)).toBe(false);
      await migrate(dataSource);
      expect(await tableExists(dataSource, uploadsTable)).toBe(true);
    });

    it('tables that synchronize created are taken over, and an index that they lack is added', async () => {
      const dataSource = await openDataSource(await createDatabase(), options);
      const { schema } = options;
      if (schema) await dataSource.query(`CREATE SCHEMA "${schema}"`);
      await dataSource.synchronize();
      await dataSource.manager.insert(OssUploadTicket, makeTicket());
      const [index] = dataSource.getMetadata(OssUploadTicket).indices;
      await dataSource.query(`DROP INDEX ${schema ? `"${schema}".` : ''}"${index!.name}"`);
      await migrate(dataSource);

      const difference = await dataSource.driver.createSchemaBuilder().log();
      expect(difference.upQueries.map(({ query }) => query)).toEqual([]);
      expect(await dataSource.manager.count(OssUploadTicket)).toBe(1);
      await runOssCallbackMigrations(dataSource);
      expect(await dataSource.runMigrations()).toEqual([]);
    });
  });

  it('uploads are recorded, and a synchronized database needs no migration', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const dataSource = await openDataSource(database, options);
    await runOssCallbackMigrations(dataSource);
    const app = await startAppForTest({
      database,
      dataSource: { ...options, synchronize: true },
    });

    const { uploadId } = await app.uploads.putObject({ object: 'a.txt', body: 'a', owner: 'u1' });
    expect((await app.audit.find({ owner: 'u1' })).uploads).toMatchObject([
      { id: uploadId, object: 'a.txt', size: 1, status: 'completed', owner: 'u1' },
    ]);
    expect(await dataSource.query(`SELECT count(*)::int AS rows FROM ${uploadsTable}`)).toEqual([
      { rows: 1 },
    ]);
    expect(await app.dataSource.manager.findOneBy(OssUploadTicket, { id: uploadId })).toMatchObject(
      { object: 'a.txt', owner: 'u1', minSizeBytes: 1, maxSizeBytes: 1 },
    );
    // a second delivery and a refusal go through the other statements
    const callback = lastCallback(app.oss);
    expect((await deliver(app.url, callback)).status).toBe(200);
    const altered = await deliver(app.url, { ...callback, body: Buffer.from('bucket=uploads') });
    expect(altered.status).toBe(403);
  });
});

describe('a second DataSource beside the host’s own', () => {
  it('takes the records where it has a name and the module names it', async () => {
    const [hosts, ours] = [await createDatabase(), await createDatabase()];
    const migrated = await openDataSource(ours, {});
    await runOssCallbackMigrations(migrated);
    const app = await startAppForTest({
      database: hosts,
      dataSource: { entities: [] },
      imports: [
        TypeOrmModule.forRoot({
          name: 'uploads',
          type: 'postgres',
          url: ours.url,
          entities: ossCallbackEntities,
        }),
      ],
      options: { dataSource: 'uploads' },
    });

    const { uploadId } = await app.uploads.putObject({ object: 'a.txt', body: 'a' });
    expect(await migrated.manager.findOneBy(OssUpload, { id: uploadId })).toMatchObject({
      status: 'completed',
    });
    expect(await tableExists(app.app.get(DataSource), 'public.oss_uploads')).toBe(false);
  });
});

describe('migrations', () => {
  it.each(['read committed', 'repeatable read', 'serializable'])(
    'run once where many instances start at the same moment (default isolation: %s)',
    async (isolation) => {
      const database = await createDatabase();
      const options = {
        schema: 'media',
        extra: { options: `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}` },
      };
      const instances = await Promise.all(
        Array.from({ length: 6 }, () => openDataSource(database, options)),
      );
      await Promise.all(instances.map((dataSource) => runOssCallbackMigrations(dataSource)));
      expect(
        await instances[0]!.query('SELECT count(*)::int AS runs FROM media.migrations'),
      ).toEqual([{ runs: ossCallbackMigrations.length }]);
    },
  );

  it('leave the tables and migrations of the host alone', async () => {
    const dataSource = await openDataSource(await createDatabase(), {
      migrations: [HostMigration1700000000000],
    });
    await runOssCallbackMigrations(dataSource);
    expect(await tableExists(dataSource, 'public.host_table')).toBe(false);
    await dataSource.runMigrations();
    expect(await tableExists(dataSource, 'public.host_table')).toBe(true);
  });

  it.each([
    [
      'a table with other columns',
      'TABLE m.oss_upload_tickets (id int)',
      'its column id is integer NULL, not uuid PRIMARY KEY',
    ],
    [
      'a table with some of the columns',
      'TABLE m.oss_upload_tickets (id uuid PRIMARY KEY)',
      'it has no column bucket',
    ],
    [
      'a view',
      'VIEW m.oss_upload_tickets AS SELECT gen_random_uuid() AS id',
      'its column id is uuid NULL, not uuid PRIMARY KEY',
    ],
    [
      'a sequence',
      'SEQUENCE m.oss_upload_tickets',
      'it is no table, or this role has no rights to it',
    ],
  ])(
    'change nothing at all where %s has the name of one of theirs, and name it',
    async (_what, other, problem) => {
      const dataSource = await openDataSource(await createDatabase(), { schema: 'm' });
      await dataSource.query('CREATE SCHEMA m');
      await dataSource.query(`CREATE ${other}`);
      const failure: unknown = await runOssCallbackMigrations(dataSource).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(OssCallbackError);
      expect(failure).toMatchObject({
        code: 'TABLES_MISSING',
        message: `The table m.oss_upload_tickets exists and is not the one of nestjs-oss-callback: ${problem}. If it is a table of the app's own, give the DataSource an "entityPrefix" or "schema" under which the name is free; otherwise rename or drop it.`,
      });
      await expect(dataSource.runMigrations()).rejects.toThrow('"entityPrefix"');
      expect(await tableExists(dataSource, 'm.oss_uploads')).toBe(false);
      await dataSource.query(`DROP ${other.split(' ', 1)[0]} m.oss_upload_tickets`);
      await runOssCallbackMigrations(dataSource);
      expect(await tableExists(dataSource, 'm.oss_uploads')).toBe(true);
    },
  );

  it('leave a table alone whose further columns need a value', async () => {
    const dataSource = await openDataSource(await createDatabase(), {});
    await dataSource.synchronize();
    await dataSource.query(
      'ALTER TABLE oss_uploads ADD note text DEFAULT $$$$ NOT NULL, ADD tag text NOT NULL',
    );
    await expect(runOssCallbackMigrations(dataSource)).rejects.toThrow(
      'its column tag needs a value',
    );
    await dataSource.query('ALTER TABLE oss_uploads DROP tag');
    await runOssCallbackMigrations(dataSource);
  });

  it('need no right to create what is there', async () => {
    const database = await createDatabase();
    const owner = await openDataSource(database, {});
    const role = `app_${database.name}`;
    await owner.query(`CREATE ROLE ${role}`);
    onTestFinished(() => owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    await owner.query(`CREATE SCHEMA media; GRANT USAGE, CREATE ON SCHEMA media TO ${role}`);
    const app = await openDataSource(database, {
      schema: 'media',
      extra: { options: `-c role=${role}` },
    });
    await runOssCallbackMigrations(app);
    expect(await tableExists(app, 'media.oss_uploads')).toBe(true);
    await owner.query(`REVOKE CREATE ON SCHEMA media FROM ${role}`);
    await runOssCallbackMigrations(app);
  });

  it('say what to add where the DataSource lacks the entities', async () => {
    const dataSource = await openDataSource(await createDatabase(), { entities: [] });
    await expect(runOssCallbackMigrations(dataSource)).rejects.toThrow(
      'The entity of the table oss_uploads is not in this DataSource. Add ...ossCallbackEntities to its entities.',
    );
  });
});

describe('an app whose database is not ready', () => {
  it('does not start without the tables, and says how to make them', async () => {
    const database = await createDatabase();
    await expect(
      startTestApp({
        database,
        dataSource: { entityPrefix: 'shop_' },
      }),
    ).rejects.toMatchObject({
      code: 'TABLES_MISSING',
      message:
        "OssCallbackModule: the table shop_oss_uploads does not exist. Run runOssCallbackMigrations(dataSource) before the app starts, or add ...ossCallbackMigrations to the DataSource's migrations.",
    });
  });

  it('does not start with tables of an earlier version, or with others of the same name', async () => {
    const database = await createDatabase();
    const dataSource = await openDataSource(database, {});
    await runOssCallbackMigrations(dataSource);
    await dataSource.query('ALTER TABLE oss_upload_tickets DROP owner, DROP variables');
    await expect(startTestApp({ database })).rejects.toMatchObject({
      code: 'TABLES_MISSING',
      message: expect.stringContaining(
        'the table oss_upload_tickets has no column owner, variables. Run runOssCallbackMigrations(dataSource)',
      ) as string,
    });
  });

  it('does not start without the entities, and says what to add', async () => {
    const database = await createDatabase();
    await expect(startTestApp({ database, dataSource: { entities: [] } })).rejects.toMatchObject({
      code: 'TABLES_MISSING',
      message:
        'OssCallbackModule: the DataSource does not know the entity OssUpload. Add ...ossCallbackEntities to its entities.',
    });
  });
});

class HostMigration1700000000000 {
  readonly name = 'HostMigration1700000000000';
  async up(queryRunner: { query(sql: string): Promise<unknown> }) {
    await queryRunner.query('CREATE TABLE host_table (id int)');
  }
  async down() {}
}

async function createDatabase() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return database;
}

async function openDataSource({ url }: { url: string }, options: HostOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    entities: ossCallbackEntities,
    migrations: ossCallbackMigrations,
    ...(options as object),
  });
  await dataSource.initialize();
  onTestFinished(() => dataSource.destroy());
  return dataSource;
}

/** TypeORM keeps its table of migrations in the schema, so a host whose migrations it runs makes the schema first. */
async function prepareSchema(dataSource: DataSource, migrate: unknown): Promise<void> {
  const { schema } = dataSource.options as { schema?: string };
  if (!schema || migrate === runOssCallbackMigrations) return;
  await dataSource.query(`CREATE SCHEMA "${schema}"`);
}

async function tableExists(dataSource: DataSource, table: string): Promise<boolean> {
  const [row] = (await dataSource.query('SELECT to_regclass($1) AS found', [table])) as {
    found: string | null;
  }[];
  return row?.found != null;
}
