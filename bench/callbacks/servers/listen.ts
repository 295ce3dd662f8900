import type { NestApplicationOptions, Type } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import type { Platform } from './contender.js';

/** Starts a Nest app as its defaults are, without a log. */
export async function listen(
  appModule: Type,
  platform: Platform,
  options: NestApplicationOptions = {},
): Promise<number> {
  const adapter = await createAdapter(platform);
  const app = await NestFactory.create(appModule, adapter, { ...options, logger: false });
  await app.listen(0, '127.0.0.1');
  return Number(new URL(await app.getUrl()).port);
}

/** Loads the one platform that runs. */
async function createAdapter(platform: Platform): Promise<AbstractHttpAdapter> {
  if (platform === 'Express') {
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return new ExpressAdapter();
  }
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return new FastifyAdapter();
}
