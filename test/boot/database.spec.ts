import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource, Entity, PrimaryColumn } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decodeCallback,
  OnUploadCompleted,
  OssCallbackModule,
  OssUploadAudit,
  OssUploadService,
} from '../../src/index.js';
import { useDatabase } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';
import { boot, bootOptions, dataSourceModule, failureOf } from './boot-app.js';
import { OssController } from './boot-app.js';

@Entity()
class HostEntity {
  @PrimaryColumn()
  id!: number;
}

const database = useDatabase();
const empty = useDatabase(beforeAll, createTestDatabase);

describe('a start stops with what is to be done', () => {
  it('where the tables are missing', async () => {
    const message = await failureOf(boot({ databaseUrl: empty.url }));
    expect(message).toMatch(/table oss_\w+ does not exist.*runOssCallbackMigrations\(dataSource\)/);
  });

  it('where the DataSource does not know the entities', async () => {
    const message = await failureOf(boot({ databaseUrl: database.url, entities: [HostEntity] }));
    expect(message).toMatch(/does not know the entity OssUpload.*\.\.\.ossCallbackEntities/);
  });

  it('where there is no DataSource', async () => {
    const imports = [OssCallbackModule.forRoot(bootOptions)];
    const message = await failureOf(boot({ databaseUrl: '', withoutModule: true, imports }));
    expect(message).toMatch(/no TypeORM DataSource.*TypeOrmModule\.forRoot/);
  });

  it('where there is no DataSource, and tells of all mistakes in the options at once', async () => {
    const imports = [OssCallbackModule.forRoot({ ...bootOptions, answerWithinMs: 0, buckets: {} })];
    const message = await failureOf(boot({ databaseUrl: '', withoutModule: true, imports }));
    expect(message.split('\n')).toEqual([
      'OssCallbackModule: 3 mistakes in its configuration:',
      expect.stringContaining('option "buckets" is empty'),
      expect.stringContaining('option "answerWithinMs" is 0'),
      expect.stringContaining('option "dataSource" finds no TypeORM DataSource'),
    ]);
  });

  it('where tables, a handler and the callback URL are wrong, all at once', async () => {
    const Broken = class Photos {
      handle(): void {}
    };
    const handle = Object.getOwnPropertyDescriptor(Broken.prototype, 'handle')!;
    OnUploadCompleted({ bucket: 'none' })(Broken.prototype, 'handle', handle);
    @Module({ providers: [Broken], controllers: [OssController] })
    class HostModule {}
    const options = { callback: { url: '/oss/calback' } };
    const message = await failureOf(
      boot({ databaseUrl: empty.url, options, imports: [HostModule], controllers: [] }),
    );
    expect(message.split('\n')).toEqual([
      'OssCallbackModule: 3 mistakes in its configuration:',
      expect.stringMatching(/^- the table oss_\w+ does not exist/),
      expect.stringContaining('Photos.handle has @OnUploadCompleted for the bucket "none"'),
      expect.stringContaining('no @OssCallback route answers /oss/calback'),
    ]);
  });

  it('where the DataSource that the options name is not there', async () => {
    const imports = [
      dataSourceModule(database.url),
      OssCallbackModule.forRoot({ ...bootOptions, dataSource: 'uploads' }),
    ];
    const message = await failureOf(boot({ databaseUrl: '', withoutModule: true, imports }));
    expect(message).toMatch(/no TypeORM DataSource named "uploads".*TypeOrmModule\.forRoot/);
  });
});

describe('a DataSource of another database', () => {
  it('stops the start', async () => {
    @Global()
    @Module({
      providers: [{ provide: DataSource, useValue: { options: { type: 'mysql' } } }],
      exports: [DataSource],
    })
    class MySqlModule {}
    const imports = [MySqlModule, OssCallbackModule.forRoot(bootOptions)];
    const message = await failureOf(boot({ databaseUrl: '', withoutModule: true, imports }));
    expect(message).toMatch(/of the type "mysql".*needs "postgres"/);
  });
});

describe('a process without HTTP', () => {
  async function inContext<T>(
    options: Partial<typeof bootOptions>,
    work: (uploads: OssUploadService, audit: OssUploadAudit) => Promise<T>,
  ): Promise<T> {
    @Module({
      imports: [
        dataSourceModule(database.url),
        OssCallbackModule.forRoot({ ...bootOptions, ...options }),
      ],
      // the app's own modules come along, without the prefix that its main.ts sets
      controllers: [OssController],
    })
    class WorkerModule {}
    const context = await NestFactory.createApplicationContext(WorkerModule, {
      logger: false,
      abortOnError: false,
    });
    try {
      return await work(context.get(OssUploadService), context.get(OssUploadAudit));
    } finally {
      await context.close();
    }
  }

  async function callbackUrl(uploads: OssUploadService): Promise<unknown> {
    const { url } = await uploads.authorizePutObject({ object: 'a.txt' });
    const decoded = decodeCallback(new URL(url).searchParams.get('callback')!);
    return decoded.ok && decoded.parameter.urls;
  }

  it.each([
    ['of this app', 'https://api.shop.cn/api/oss/callback'],
    ['of another one', 'https://hooks.shop.cn/oss'],
  ])('authorises uploads with a complete callback.url %s', async (_what, url) => {
    expect(await inContext({ callback: { url } }, callbackUrl)).toEqual([url]);
  });

  it('authorises uploads with a path that only the app itself can check', async () => {
    expect(await inContext({ callback: { url: '/api/oss/callback' } }, callbackUrl)).toEqual([
      'https://api.shop.cn/api/oss/callback',
    ]);
  });

  it('reads records', async () => {
    expect(await inContext({}, async (_uploads, audit) => audit.find())).toEqual({
      uploads: [],
      nextCursor: null,
    });
  });

  it('does not guess where OSS should call', async () => {
    expect(await failureOf(inContext({}, callbackUrl))).toMatch(/"callback\.url"/);
  });
});
