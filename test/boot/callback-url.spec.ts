import { Controller, Module, Post, UseGuards, Version, VersioningType } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import {
  decodeCallback,
  OssCallback,
  OssCallbackGuard,
  OssUploadService,
} from '../../src/index.js';
import { platforms } from '../support/platforms.js';
import { boot, type BootInput, failureOf } from './boot-app.js';
import { startAppForTest, useDatabase } from '../support/test-app.js';
import { OssController } from './boot-app.js';

@Controller('avatars')
class AvatarsController {
  @OssCallback('uploaded', { name: 'avatars' })
  answer() {}
}

@Controller({ path: 'oss', version: '2' })
class VersionedController {
  @Version('3')
  @OssCallback('callback')
  answer() {}
}

@Controller('guarded')
class GuardedController {
  @UseGuards(OssCallbackGuard)
  @Post('callback')
  answer() {}
}

@Controller('tenants/:tenant')
class TenantController {
  @OssCallback('uploaded', { name: 'tenant' })
  answer() {
    return { route: 'tenant' };
  }
}

@Controller('tenants/acme')
class AcmeController {
  @OssCallback('uploaded', { name: 'acme' })
  answer() {
    return { route: 'acme' };
  }
}

@Controller('plain')
class PlainController {
  @Post('callback')
  answer() {}
}

const database = useDatabase();

/** An app with this option "callback.url" and these routes. */
const at = (url: string, ...controllers: NonNullable<BootInput['controllers']>) => ({
  controllers,
  options: { callback: { url } },
});

/** Where OSS is told to call an app that starts so. */
const start = (input: Omit<BootInput, 'databaseUrl'>) =>
  boot({ platform: 'Fastify', databaseUrl: database.url, ...input }, async (app) => {
    const { url } = await app.get(OssUploadService).authorizePutObject({ object: 'a.txt' });
    const decoded = decodeCallback(new URL(url).searchParams.get('callback')!);
    return decoded.ok ? decoded.parameter.urls[0] : undefined;
  });

it.each(platforms)(
  'callback.url in another case is taken where the router of %s takes it',
  async (platform) => {
    const starting = start({ platform, ...at('/OSS/Callback', OssController) });
    if (platform === 'Express') expect(await starting).toBe('https://api.shop.cn/OSS/Callback');
    else expect(await failureOf(starting)).toContain('did you mean /oss/callback?');
  },
);

describe.each(platforms)('callback.url of a route with parameters, on %s,', (platform) => {
  it.each<[what: string, expected: string, input: Omit<BootInput, 'databaseUrl'>]>([
    [
      'says what stands in place of them',
      '/tenants/acme/uploaded?plan=free',
      at('/tenants/acme/uploaded?plan=free', TenantController),
    ],
    [
      'says so behind a proxy',
      '/gateway/tenants/acme/uploaded',
      {
        controllers: [TenantController],
        options: {
          callback: { url: 'https://api.shop.cn/gateway/tenants/acme/uploaded' },
          publicPath: { addPrefix: '/gateway' },
        },
      },
    ],
  ])('%s', async (_what, expected, input) => {
    expect(await start({ platform, ...input })).toBe(`https://api.shop.cn${expected}`);
  });

  it('may be that of another route as well: callbacks count at the one that the platform takes', async () => {
    const input = at('/tenants/acme/uploaded', TenantController, AcmeController);
    const world = await startAppForTest({ platform, database, ...input });
    const { answer } = await world.uploads.putObject({ object: `${platform}.txt`, body: 'a' });
    expect(answer).toEqual({ route: platform === 'Express' ? 'tenant' : 'acme' });
  });

  it.each<[what: string, tells: string, input: Omit<BootInput, 'databaseUrl'>]>([
    [
      'with a part too few',
      'no @OssCallback route answers /tenants/uploaded; did you mean /oss/callback?',
      at('/tenants/uploaded', TenantController, OssController),
    ],
    [
      'with the name of a parameter in its place',
      'option "callback.url" is "/tenants/:tenant/uploaded", and OSS would request exactly that. Write a value in place of :tenant.',
      at('/tenants/:tenant/uploaded', TenantController, OssController),
    ],
    [
      'complete, with the name of a parameter in its place',
      'option "callback.url" is "https://api.shop.cn/tenants/:tenant/uploaded?a=b", and OSS would request exactly that.',
      at('https://api.shop.cn/tenants/:tenant/uploaded?a=b', TenantController, OssController),
    ],
  ])('stops the start: %s', async (_what, tells, input) => {
    expect(await failureOf(start({ platform, ...input }))).toContain(tells);
  });
});

describe('callback.url', () => {
  it.each<[what: string, expected: string, input: Omit<BootInput, 'databaseUrl'>]>([
    ['left out, is the only route', '/oss/callback', { controllers: [OssController] }],
    [
      'left out, is the route without a name',
      '/oss/callback',
      { controllers: [AvatarsController, OssController] },
    ],
    [
      'left out, has prefix and version as Nest serves them',
      '/api/v3/oss/callback',
      {
        controllers: [VersionedController],
        configure: (app) => {
          app.setGlobalPrefix('api');
          app.enableVersioning({ type: VersioningType.URI });
        },
      },
    ],
    [
      'may be any of the routes',
      '/avatars/uploaded',
      at('/avatars/uploaded', AvatarsController, OssController),
    ],
    ['may have a query', '/oss/callback?from=oss', at('/oss/callback?from=oss', OssController)],
    ['may be complete', '/oss/callback', at('https://api.shop.cn/oss/callback', OssController)],
    [
      'is as OSS sees it, behind a proxy',
      '/gateway/oss/callback',
      { controllers: [OssController], options: { publicPath: { addPrefix: '/gateway' } } },
    ],
    [
      'may be a route with the guard alone',
      '/guarded/callback',
      at('/guarded/callback', GuardedController),
    ],
  ])('%s', async (_what, expected, input) => {
    expect(await start(input)).toBe(`https://api.shop.cn${expected}`);
  });

  it('may be the address of another process', async () => {
    const url = 'https://hooks.shop.cn/oss';
    expect(await start({ controllers: [], options: { callback: { url } } })).toBe(url);
  });

  it.each<[what: string, tells: string, input: Omit<BootInput, 'databaseUrl'>]>([
    [
      'without the prefix',
      'option "callback.url" is "/oss/callback": no @OssCallback route answers /oss/callback; did you mean /api/oss/callback?',
      {
        controllers: [OssController],
        options: { callback: { url: '/oss/callback' } },
        configure: (app) => void app.setGlobalPrefix('api'),
      },
    ],
    [
      'without the version',
      'no @OssCallback route answers /oss/callback; did you mean /v3/oss/callback?',
      {
        controllers: [VersionedController],
        options: { callback: { url: '/oss/callback' } },
        configure: (app) => void app.enableVersioning({ type: VersioningType.URI }),
      },
    ],
    [
      'with a prefix that is not there',
      'no @OssCallback route answers /api/oss/callback; did you mean /oss/callback?',
      at('/api/oss/callback', OssController),
    ],
    [
      'of a route that takes no callbacks',
      'option "callback.url" is "/plain/callback": no @OssCallback route answers /plain/callback; did you mean /oss/callback?',
      at('/plain/callback', PlainController, OssController),
    ],
    [
      'with a letter too few',
      'did you mean /avatars/uploaded?',
      at('/avatars/upload', OssController, AvatarsController),
    ],
    [
      'in an app without routes',
      'the app has no @OssCallback route. Put @OssCallback() on a controller',
      at('/oss/callback', PlainController),
    ],
    [
      'complete, of this app, and without a route',
      'no @OssCallback route answers /oss/other',
      at('https://api.shop.cn/oss/other', OssController),
    ],
  ])('without a route stops the start: %s', async (_what, tells, input) => {
    expect(await failureOf(start(input))).toContain(tells);
  });

  it('that no route answers are all named', async () => {
    const url = ['/oss/calback', '/oss/callback', '/avatars/upload'];
    const options = { callback: { url } };
    const message = await failureOf(
      start({ controllers: [OssController, AvatarsController], options }),
    );
    expect(message).toContain('- option "callback.url" is "/oss/calback"');
    expect(message).toContain('- option "callback.url" is "/avatars/upload"');
    expect(message).not.toContain('is "/oss/callback"');
  });

  it('has the module’s path where RouterModule gives one', async () => {
    @Module({ controllers: [OssController] })
    class StorageModule {}
    await boot(
      {
        databaseUrl: database.url,
        imports: [
          StorageModule,
          RouterModule.register([{ path: 'storage', module: StorageModule }]),
        ],
      },
      async (app) => {
        const { url } = await app.get(OssUploadService).authorizePutObject({ object: 'a.txt' });
        const decoded = decodeCallback(new URL(url).searchParams.get('callback')!);
        expect(decoded).toMatchObject({
          parameter: { urls: ['https://api.shop.cn/storage/oss/callback'] },
        });
      },
    );
  });

  it('is told by the uploads where several routes leave it open', async () => {
    @Controller()
    class Two {
      @OssCallback('a', { name: 'a' })
      a() {}

      @OssCallback('b', { name: 'b' })
      b() {}
    }
    expect(await failureOf(start({ controllers: [Two] }))).toMatch(/"a", "b".*"callback\.url"/);
  });

  it('two routes with one name stop the start', async () => {
    @Controller()
    class Twins {
      @OssCallback('a', { name: 'twin' })
      a() {}

      @OssCallback('b', { name: 'twin' })
      b() {}
    }
    expect(await failureOf(start({ controllers: [Twins] }))).toMatch(
      /Twins\.a and Twins\.b have the same @OssCallback name "twin".*@OssCallback\(path, \{ name \}\)/,
    );
  });

  it('two controllers whose classes have one name, as from a bundler, are told apart', async () => {
    const controllers = ['a', 'b'].map((path) => {
      @Controller(path)
      class Twin {
        @OssCallback('callback', { name: 'twin' })
        answer() {}
      }
      return Twin;
    });
    expect(await failureOf(start({ controllers }))).toMatch(
      /Twin\.answer and Twin\.answer have the same @OssCallback name "twin"/,
    );
  });
});
