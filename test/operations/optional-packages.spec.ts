import { expect, it } from 'vitest';
import { root, runBundled } from '../support/run-bundled.js';
import { useDatabase } from '../support/test-app.js';

const database = useDatabase();

/** Makes packages as absent as if they were not installed. */
const withoutPackages = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function resolve(specifier, context, next) {
      if (/^(prom-client|@nestjs.terminus)/.test(specifier)) {
        throw Object.assign(new Error('Cannot find package ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' });
      }
      return next(specifier, context);
    }
  \`));
`;

const script = `
  import 'reflect-metadata';
  import { Module } from '@nestjs/common';
  import { NestFactory } from '@nestjs/core';
  import { TypeOrmModule } from '@nestjs/typeorm';
  import {
    ossCallbackEntities, OssCallbackHealthIndicator, OssCallbackMetricsModule, OssCallbackModule,
  } from '${root}src/index.ts';

  const imports = [
    TypeOrmModule.forRoot({ type: 'postgres', url: process.env.TEST_DATABASE_URL, entities: ossCallbackEntities }),
    OssCallbackModule.forRoot({
      publicUrl: 'https://app.example.org',
      callback: { url: 'https://app.example.org/oss/callback' },
      buckets: { main: { bucket: 'uploads', region: 'cn-hangzhou' } },
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
      tickets: { secrets: ['Zm9yIHRlc3RzIG9ubHksIGJ1dCBsb25nIGVub3VnaA=='] },
    }),
  ];
  const options = { logger: false, abortOnError: false };
  const app = await NestFactory.createApplicationContext({ module: class {}, imports }, options);
  console.log(JSON.stringify(await app.get(OssCallbackHealthIndicator).isHealthy()));
  await app.close();
  try {
    const more = [...imports, OssCallbackMetricsModule.register()];
    await NestFactory.createApplicationContext({ module: class {}, imports: more }, options);
    console.log('started');
  } catch (error) {
    console.log(error.code + ': ' + error.message);
  }
  process.exit();
`;

it('an app without terminus and prom-client starts and is healthy; metrics say what to install', async () => {
  const printed = await runBundled(script, {
    databaseUrl: database.url,
    preload: withoutPackages,
  });
  const [health = '', metrics] = printed.trim().split('\n');
  expect(JSON.parse(health)).toMatchObject({
    'oss-callback': { status: 'up', problems: [], capture: 'not-needed' },
  });
  expect(metrics).toBe(
    'INVALID_OPTIONS: OssCallbackMetricsModule needs the package prom-client, which could not be loaded. Run: npm install prom-client',
  );
});
