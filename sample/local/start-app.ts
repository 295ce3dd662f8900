import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { runOssCallbackMigrations } from 'nestjs-oss-callback';
import type { OssSimulator } from 'nestjs-oss-callback/simulator';
import { DataSource } from 'typeorm';
import { AppModule } from '../app.module.js';
import { ossOriginFrom, servePage } from '../serve-page.js';
import { LocalModule } from './local.module.js';

/** Migrates the database, then listens. The environment must be set by now. */
export async function startApp(port: number, oss: OssSimulator): Promise<INestApplication> {
  const app = await NestFactory.create<NestExpressApplication>(LocalModule.around(AppModule, oss), {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  try {
    servePage(app, ossOriginFrom(process.env));
    const dataSource = app.get(DataSource);
    await runOssCallbackMigrations(dataSource);
    await dataSource.runMigrations(); // the app's own
    await app.listen(port, '127.0.0.1');
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
