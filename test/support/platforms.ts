import type { NestApplicationOptions } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

export type PlatformName = 'Express' | 'Fastify';

/** Both platforms, for `describe.each`. */
export const platforms: PlatformName[] = ['Express', 'Fastify'];

export function createAdapter(platform: PlatformName): AbstractHttpAdapter {
  return platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
}

export type HostOptions = Pick<
  NestApplicationOptions,
  'rawBody' | 'bodyParser' | 'forceCloseConnections'
>;
