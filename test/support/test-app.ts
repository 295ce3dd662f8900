import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { beforeAll, onTestFinished } from 'vitest';
import {
  ossCallbackEntities,
  OssCallbackModule,
  type OssCallbackModuleExtras,
  type OssCallbackOptions,
  OssUploadAudit,
  OssUploadReconciler,
  OssUploadService,
} from '../../src/index.js';
import { OssSimulator } from '../../src/simulator/index.js';
import { findFreePort } from '../../src/testing/free-port.js';
import { appOptions, migrate } from './app-module.js';
import { CallbackController } from './callback-controller.js';
import { localOssOf } from './oss-callbacks.js';
import { createAdapter, type HostOptions, type PlatformName, platforms } from './platforms.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export { BUCKET, TICKET_SECRET } from './app-module.js';

export interface TestAppOptions {
  platform?: PlatformName;
  /** In place of the platform's plain one. */
  adapter?: AbstractHttpAdapter;
  /** Default: {@link CallbackController}, `POST /oss/callback`. */
  controllers?: NonNullable<ModuleMetadata['controllers']>;
  imports?: NonNullable<ModuleMetadata['imports']>;
  providers?: NonNullable<ModuleMetadata['providers']>;
  /** Whether this package's module is imported before the database's. */
  isImportedFirst?: boolean;
  /** The test signs callbacks with `keyPair`, in place of the local OSS, and the bucket is not asked. */
  signsCallbacks?: boolean;
  /** Whether the reconciliation runs when the test says so, and never by itself. */
  hasNoSchedule?: boolean;
  /** Laid over the options that fit the test's own local OSS and address. */
  options?: Partial<OssCallbackOptions & OssCallbackModuleExtras>;
  host?: HostOptions;
  /** Set up the app as a host does in its `main.ts`. */
  configure?: (app: INestApplication) => void | Promise<void>;
  /** Of the host's DataSource, for example `entityPrefix`. */
  dataSource?: Partial<DataSourceOptions>;
  /** Share these with another app, for example to have two processes on one database. */
  oss?: OssSimulator;
  database?: TestDatabase;
  /** In place of {@link startOss}. */
  createOss?: () => Promise<OssSimulator>;
  /** In place of {@link createMigratedDatabase}. */
  createDatabase?: () => Promise<TestDatabase>;
  /** Gets what the app logs. Default: the log is dropped. */
  logger?: LoggerService;
}

export interface TestApp {
  app: INestApplication;
  /** Where the app listens. */
  url: string;
  oss: OssSimulator;
  database: TestDatabase;
  dataSource: DataSource;
  uploads: OssUploadService;
  audit: OssUploadAudit;
  reconciler: OssUploadReconciler;
  stop(): Promise<void>;
}

/** A Nest app that listens, with a database of its own and a local OSS that calls it. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const oss = options.oss ?? (await (options.createOss ?? startOss)());
  const database = options.database ?? (await (options.createDatabase ?? createMigratedDatabase)());
  const appPort = await findFreePort();
  const url = `http://127.0.0.1:${appPort}`;
  const typeOrmModule = TypeOrmModule.forRoot({
    type: 'postgres',
    url: database.url,
    entities: ossCallbackEntities,
    retryAttempts: 0,
    ...(options.dataSource as object),
  });
  const ossCallbackModule = OssCallbackModule.forRoot(
    appOptions(url, options.signsCallbacks ? localOssOf(oss) : oss, {
      ...(options.signsCallbacks ? { confirmObject: 'never' } : {}),
      ...options.options,
    }),
  );
  const testing = await Test.createTestingModule({
    imports: [
      ...(options.isImportedFirst
        ? [ossCallbackModule, typeOrmModule]
        : [typeOrmModule, ossCallbackModule]),
      ...(options.imports ?? []),
    ],
    controllers: options.controllers ?? [CallbackController],
    providers: options.providers,
  }).compile();
  const app = testing.createNestApplication(
    options.adapter ?? createAdapter(options.platform ?? 'Express'),
    {
      ...options.host,
      logger: options.logger ?? false,
    },
  );
  try {
    await options.configure?.(app);
    await app.listen(appPort, '127.0.0.1');
    if (options.hasNoSchedule) app.get(OssCallbackModule)['runtime'].schedule.stop();
  } catch (error) {
    await app.close();
    if (!options.oss) await oss.stop();
    if (!options.database) await database.drop();
    throw error;
  }
  return {
    app,
    url,
    oss,
    database,
    dataSource: app.get<DataSource>(getDataSourceToken(options.options?.dataSource)),
    uploads: app.get(OssUploadService),
    audit: app.get(OssUploadAudit),
    reconciler: app.get(OssUploadReconciler),
    stop: async () => {
      await app.close();
      if (!options.oss) await oss.stop();
      if (!options.database) await database.drop();
    },
  };
}

/** An app for the tests of a block, which is started before the first of them and stopped after the last. */
export function useTestApp(
  options: TestAppOptions | (() => TestAppOptions | Promise<TestAppOptions>) = {},
): TestApp {
  return useWorld(async () =>
    startTestApp(typeof options === 'function' ? await options() : options),
  );
}

type Before = (start: () => Promise<() => unknown>) => void;

/**
 * What a block of tests works with: started before the first of them, and stopped after the last.
 * @param before `beforeEach` for one of its own for each test
 */
export function useWorld<World extends { stop(): unknown }>(
  start: () => Promise<World>,
  before: Before = beforeAll,
): World {
  const world = {} as World;
  before(async () => {
    const started = await start();
    Object.assign(world, started);
    return () => started.stop();
  });
  return world;
}

/** A world for each platform, all started before the first test: for `describe.concurrent.each`. */
export function useWorlds<World extends { stop(): unknown }>(
  start: (platform: PlatformName) => Promise<World>,
): (readonly [platform: PlatformName, world: World])[] {
  return platforms.map((platform) => [platform, useWorld(() => start(platform))] as const);
}

/** A migrated database, as {@link useWorld}. */
export function useDatabase(before?: Before, create = createMigratedDatabase): TestDatabase {
  return useWorld(async () => {
    const database = await create();
    return { ...database, stop: () => database.drop() };
  }, before);
}

/** An app that is stopped when the test ends. */
export async function startAppForTest(options: TestAppOptions = {}): Promise<TestApp> {
  const world = await startTestApp(options);
  onTestFinished(() => world.stop());
  return world;
}

export async function startOss(
  options?: ConstructorParameters<typeof OssSimulator>[0],
): Promise<OssSimulator> {
  const oss = new OssSimulator(options);
  await oss.start();
  return oss;
}

/** A database of its own with this package's tables. */
export function createMigratedDatabase(): Promise<TestDatabase> {
  return createTestDatabase({ migrate, template: 'oss_callback' });
}
