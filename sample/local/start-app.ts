import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { runOssCallbackMigrations } from 'nestjs-oss-callback';
import type { OssSimulator } from 'nestjs-oss-callback/simulator';
import { DataSource } from 'typeorm';
import type { NextFunction, Request, Response } from 'express';
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
    app.use(refuseOtherHosts);
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

/** A page whose host name was rebound to this machine is of another origin no longer, but still says that name. */
function refuseOtherHosts(request: Request, response: Response, next: NextFunction): void {
  if (['127.0.0.1', 'localhost'].includes(request.hostname)) next();
  else
    response.status(403).json({ message: 'The sample answers to 127.0.0.1 and localhost alone.' });
}
