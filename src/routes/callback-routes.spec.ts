import 'reflect-metadata';
import {
  All,
  Controller,
  Get,
  type INestApplication,
  Module,
  Post,
  UseGuards,
  VersioningType,
} from '@nestjs/common';
import { type AbstractHttpAdapter, DiscoveryModule, RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { CallbackRoutes } from './callback-routes.js';
import { OssCallback } from '../callback/nest/oss-callback.decorator.js';
import { OssCallbackGuard } from '../callback/nest/oss-callback.guard.js';

class OwnGuard extends OssCallbackGuard {}

@Controller()
class PlainController {
  @OssCallback('oss/callback')
  onUpload() {}

  @Post('login')
  login() {}

  @Get('guarded/get')
  @UseGuards(OssCallbackGuard)
  get() {}
}

@Controller(['a.b+c', 'second'])
class SeveralController {
  @OssCallback('', { name: 'several' })
  onUpload() {}
}

@Controller('guarded')
@UseGuards(OwnGuard)
class GuardedController {
  @Post(['one', 'two'])
  post() {}

  @All('all')
  all() {}
}

@Controller()
class OpenController {
  @OssCallback(':tenant', { name: 'open' })
  onUpload() {}

  @OssCallback('files/*rest', { name: 'wild' })
  onFile() {}
}

@Controller({ path: 'versioned', version: ['1', '2'] })
class VersionedController {
  @OssCallback('cb', { name: 'versioned' })
  onUpload() {}
}

@Module({ controllers: [VersionedController] })
class InnerModule {}

let app: INestApplication | undefined;
afterEach(() => app?.close());

interface Setting {
  controllers: (new () => object)[];
  adapter?: AbstractHttpAdapter;
  set?: (app: INestApplication) => void;
}

async function routesOf({ controllers, adapter, set }: Setting): Promise<CallbackRoutes> {
  @Module({
    imports: [
      DiscoveryModule,
      InnerModule,
      RouterModule.register([{ path: 'inner', module: InnerModule }]),
    ],
    controllers,
    providers: [CallbackRoutes],
  })
  class AppModule {}
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = adapter ? testing.createNestApplication(adapter) : testing.createNestApplication();
  set?.(app);
  return app.get(CallbackRoutes);
}

const pathsOf = (routes: CallbackRoutes) => routes.all().map(({ kind, path }) => `${kind} ${path}`);

describe('callback routes', () => {
  it('are those under @OssCallback and the guard, with the path that Nest gives them', async () => {
    const routes = await routesOf({
      controllers: [PlainController, SeveralController, GuardedController],
      set: (of) => of.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI }),
    });
    expect(pathsOf(routes).toSorted()).toEqual([
      'callback /api/a.b+c',
      'callback /api/oss/callback',
      'callback /api/second',
      'callback /api/v1/inner/versioned/cb',
      'callback /api/v2/inner/versioned/cb',
      'guarded /api/guarded/all',
      'guarded /api/guarded/one',
      'guarded /api/guarded/two',
    ]);
    expect(routes.all().find(({ path }) => path === '/api/second')).toMatchObject({
      name: 'several',
      method: 'SeveralController.onUpload',
    });
  });

  it.each([
    ['/oss/callback', true],
    ['/oss/callback/', true],
    ['/OSS/Callback', true],
    ['/oss/callback?a=/b', true],
    ['/oss%2Fcallback', false],
    ['/oss/callback%3F', false],
    ['/oss/%zz', false],
    ['/a.b+c', true],
    ['/aXb+c', false],
    ['/oss/callback/x', false],
    ['/oss/callbackx', false],
    ['/x/oss/callback', false],
    ['/oss?/oss/callback', false],
    ['/login', false],
    ['/', false],
    ['', false],
    ['/guarded/get', false],
  ])('POST %s is one: %s', async (url, isOne) => {
    const routes = await routesOf({ controllers: [PlainController, SeveralController] });
    expect(routes.match(url) !== undefined).toBe(isOne);
  });

  it.each([
    ['Express', undefined, true],
    [
      'Express that is told so',
      new ExpressAdapter(express().enable('case sensitive routing')),
      false,
    ],
    ['Fastify', new FastifyAdapter(), false],
    [
      'Fastify that is told otherwise',
      new FastifyAdapter({ routerOptions: { caseSensitive: false } }),
      true,
    ],
  ])('are those of the same case, or of any, as %s takes them', async (_name, adapter, isOne) => {
    const routes = await routesOf({ controllers: [PlainController], adapter });
    expect(routes.match('/OSS/Callback') !== undefined).toBe(isOne);
    expect(routes.match('/oss/callback')).toBeDefined();
  });

  it.each([
    ['Express', undefined, 'open'],
    ['Fastify', new FastifyAdapter(), undefined],
  ])('with parameters take from the host what %s gives them', async (_name, adapter, login) => {
    const routes = await routesOf({ controllers: [OpenController, PlainController], adapter });
    expect(routes.match('/any')).toMatchObject({ name: 'open' });
    expect(routes.match('/files/a/b')).toMatchObject({ name: 'wild' });
    expect(routes.match('/files/a%0Ab')).toMatchObject({ name: 'wild' });
    expect(routes.match('/files/*')).toMatchObject({ name: 'wild' });
    expect(routes.match('/:tenant')).toMatchObject({ name: 'open' });
    expect(routes.match('/login')?.name).toBe(login);
    expect(routes.match('/a/b/c')).toBeUndefined();
  });

  it('take nothing from the host that was registered before', async () => {
    const routes = await routesOf({ controllers: [PlainController, OpenController] });
    expect(routes.match('/login')).toBeUndefined();
    expect(routes.match('/any')).toMatchObject({ name: 'open' });
  });
});
