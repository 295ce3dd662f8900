import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { runOssCallbackMigrations } from 'nestjs-oss-callback';
import { DataSource } from 'typeorm';
import { AppModule } from '../app.module.js';

/** Migrates the database, then listens. The environment must be set by now. */
export async function startApp(port: number): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule, {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  try {
    await runOssCallbackMigrations(app.get(DataSource));
    await app.listen(port, '127.0.0.1');
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
