import type { DynamicModule, ModuleMetadata } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import {
  ossCallbackEntities,
  OssCallbackModule,
  type OssCallbackModuleExtras,
  type OssCallbackOptions,
  runOssCallbackMigrations,
} from '../../src/index.js';

export const TICKET_SECRET = 'Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA==';
export const BUCKET = 'uploads';

/** The options of an app of the tests. */
export function appOptions(
  publicUrl: string,
  localOss: OssCallbackOptions['localOss'],
  options: Partial<OssCallbackOptions & OssCallbackModuleExtras> = {},
): OssCallbackOptions & OssCallbackModuleExtras {
  return {
    publicUrl,
    buckets: { main: { bucket: BUCKET, region: 'cn-hangzhou' } },
    tickets: { secrets: [TICKET_SECRET] },
    environment: 'test',
    localOss,
    ...options,
  };
}

/** The root module of an app with a migrated database, for processes without vitest. */
export function appModule(
  databaseUrl: string,
  options: OssCallbackOptions,
  metadata: Pick<ModuleMetadata, 'controllers' | 'providers'> = {},
): DynamicModule {
  class AppModule {}
  return {
    module: AppModule,
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: databaseUrl,
        entities: ossCallbackEntities,
        retryAttempts: 0,
      }),
      OssCallbackModule.forRoot(options),
    ],
    ...metadata,
  };
}

/** A DataSource with this package's entities. */
export async function openDataSource(
  url: string,
  options: Partial<DataSourceOptions> = {},
): Promise<DataSource> {
  const own = { type: 'postgres', url, entities: ossCallbackEntities };
  return new DataSource({ ...options, ...own } as DataSourceOptions).initialize();
}

/** Creates this package's tables. */
export async function migrate(url: string): Promise<void> {
  const dataSource = await openDataSource(url);
  await runOssCallbackMigrations(dataSource);
  await dataSource.destroy();
}
