import {
  Body,
  type CanActivate,
  Controller,
  ForbiddenException,
  HttpCode,
  Injectable,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { describe, expect, it } from 'vitest';
import { OssCallback } from '../../src/index.js';
import { authoriseBody, callbackHeaders, sendCallback } from '../support/oss-callbacks.js';
import { platforms } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import {
  startAppForTest,
  type TestApp,
  type TestAppOptions,
  useDatabase,
} from '../support/test-app.js';
import { HostController } from './host-app.js';
import { TakingController } from '../support/callback-controller.js';

@Injectable()
class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('sign in first');
  }
}

/** Its callback route could be meant by many a path. */
@Controller()
class TenantController {
  @OssCallback(':tenant')
  answer(@Param('tenant') tenant: string) {
    return { tenant };
  }
}

@Controller()
class LoginController {
  @Post('login')
  @HttpCode(200)
  login(@Body() body: unknown) {
    return { login: body };
  }
}

describe.each(platforms)('on %s', (platform) => {
  const database = useDatabase();
  const start = (options: TestAppOptions) =>
    startAppForTest({ platform, database, signsCallbacks: true, ...options });

  it('a guard of the host without an opt-out refuses callbacks, and the log names the way out', async () => {
    const lines: string[] = [];
    const world = await start({
      controllers: [TakingController],
      providers: [{ provide: APP_GUARD, useClass: RefusingGuard }],
      logger: listener(lines),
    });
    const { body, uploadId } = await authoriseBody(world);
    const response = await sendCallback(world, { body });
    expect([response.status, response.json()]).toEqual([
      403,
      { code: 'REFUSED_BY_APP', message: 'The app refused the callback.' },
    ]);
    expect(await world.audit.get(uploadId)).toBeNull();
    expect(lines.join('\n')).toMatch(/REFUSED_BY_APP.*sign in first.*@Public\(\)/);
  });

  it('a throttler without an opt-out answers 429 as JSON', async () => {
    const world = await start({
      controllers: [TakingController],
      imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 1 }])],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    });
    const send = async () => sendCallback(world, { body: (await authoriseBody(world)).body });
    const first = await send();
    const second = await send();
    expect([first.status, second.status, second.json()]).toEqual([
      200,
      429,
      { code: 'REFUSED_BY_APP', message: 'The app refused the callback.' },
    ]);
    expect(second.header('retry-after')).toBeUndefined();
  });

  it('middleware that answers before the route cannot make an unseen callback a success', async () => {
    const world = await start({
      controllers: [TakingController],
      configure: (app) =>
        void app.use(
          (_request: unknown, response: { statusCode: number; end(text: string): void }) => {
            response.statusCode = 200;
            response.end('<h1>Back soon</h1>');
          },
        ),
    });
    const { body, uploadId } = await authoriseBody(world);
    const response = await sendCallback(world, { body });
    expect([response.status, response.json()]).toEqual([
      500,
      { code: 'REFUSED_BY_APP', message: 'The app refused the callback.' },
    ]);
    expect(await world.audit.get(uploadId)).toBeNull();
  });

  it.each([[[LoginController, TenantController]], [[TenantController, LoginController]]])(
    'a callback route with a parameter leaves to the host what the platform gives the host (%#)',
    async (controllers) => {
      const world = await start({
        controllers,
        options: { callback: { url: '/acme' } },
      });
      const login = await sendRaw(world.url, {
        target: '/login',
        headers: { 'Content-Type': 'application/json' },
        body: '{"name":"a"}',
      });
      const hostComesFirst = platform === 'Fastify' || controllers[0] === LoginController;
      if (hostComesFirst) {
        expect([login.status, login.json()]).toEqual([200, { login: { name: 'a' } }]);
      } else {
        expect([login.status, login.json()]).toMatchObject([401, { code: 'SIGNATURE_MISSING' }]);
      }
      const { body } = await authoriseBody(world);
      const callback = await sendCallback(world, { target: '/acme', body });
      expect([callback.status, callback.json()]).toEqual([200, { tenant: 'acme' }]);
    },
  );

  it('a path that no route answers is the host’s 404, also beside a callback route at the root', async () => {
    @Controller()
    class RootController {
      @OssCallback()
      answer() {
        return { taken: true };
      }
    }
    const world = await start({ controllers: [RootController] });
    const unknown = await sendRaw(world.url, { target: '/nothing', body: 'a=1' });
    expect([unknown.status, unknown.json()]).toMatchObject([404, { error: 'Not Found' }]);
    const { body } = await authoriseBody(world, {}, { target: '/' });
    const taken = await sendCallback(world, { target: '/', body });
    expect([taken.status, taken.json()]).toEqual([200, { taken: true }]);
  });

  it('a path in another case is a callback where the platform’s router takes it for one', async () => {
    const world = await start({ controllers: [TakingController] });
    const answer = await sendRaw(world.url, { target: '/OSS/Callback', body: 'a=1' });
    expect([answer.status, answer.json()]).toMatchObject(
      platform === 'Express' ? [401, { code: 'SIGNATURE_MISSING' }] : [404, { error: 'Not Found' }],
    );
  });

  it('takes a callback whose URL ends in a slash', async () => {
    const world = await start({ controllers: [TakingController] });
    for (const target of ['/oss/callback/', '/oss/callback/?from=oss', '/oss/callback?a=/b/']) {
      const { body } = await authoriseBody(world, {}, { target });
      const response = await sendCallback(world, { target, body });
      expect([response.status, response.json()]).toEqual([200, { taken: true }]);
    }
  });

  it('takes callbacks when the app answers for several controllers and versions of a path', async () => {
    @Controller(['oss', 'storage/oss'])
    class ManyPaths {
      @OssCallback(['callback', 'done'])
      answer() {
        return { taken: true };
      }
    }
    const world = await start({
      controllers: [ManyPaths],
      options: { callback: { url: '/oss/done' } },
    });
    for (const target of [
      '/oss/callback',
      '/oss/done',
      '/storage/oss/callback',
      '/storage/oss/done',
    ]) {
      const { body } = await authoriseBody(world, {}, { target });
      expect((await sendCallback(world, { target, body })).status).toBe(200);
    }
  });

  it('works where the route brings guards of its own', async () => {
    @Controller()
    class Guarded {
      @UseGuards(RefusingGuard)
      @OssCallback('oss/callback')
      answer() {
        return { taken: true };
      }
    }
    const world = await start({ controllers: [Guarded] });
    const { body } = await authoriseBody(world);
    const response = await sendCallback(world, { body });
    expect([response.status, response.json()]).toMatchObject([403, { code: 'REFUSED_BY_APP' }]);
  });

  it('leaves the path of a proxy to publicPath, which leads back to what OSS signed', async () => {
    const world = await start({
      controllers: [TakingController, HostController],
      options: { publicPath: { addPrefix: '/public' } },
    });
    const target = '/public/oss/callback?x=1';
    const { body } = await authoriseBody(world, {}, { target });
    const asSigned = await sendCallback(world, { target: '/oss/callback', body });
    expect([asSigned.status, asSigned.json()]).toMatchObject([403, { code: 'SIGNATURE_INVALID' }]);
    const { headers } = signedRequest(world, target, body);
    const response = await sendRaw(world.url, { target: '/oss/callback?x=1', headers, body });
    expect([response.status, response.json()]).toEqual([200, { taken: true }]);
  });

  it('takes callbacks that Nest is handed without a network, where the platform can', async () => {
    if (platform !== 'Fastify') return;
    const world = await start({ controllers: [TakingController] });
    const { body } = await authoriseBody(world);
    const { headers } = signedRequest(world, '/oss/callback', body);
    const fastify = world.app.getHttpAdapter().getInstance() as {
      inject(request: object): Promise<{ statusCode: number; payload: string }>;
    };
    const response = await fastify.inject({
      method: 'POST',
      url: '/oss/callback',
      headers,
      payload: body,
    });
    expect([response.statusCode, response.payload]).toEqual([200, '{"taken":true}']);
  });
});

function signedRequest(world: TestApp, target: string, body: string) {
  return { headers: callbackHeaders(world, { target, body }) };
}

function listener(lines: string[]) {
  const write = (message: unknown) => void lines.push(String(message));
  return { log: write, error: write, warn: write };
}
