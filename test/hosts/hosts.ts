import {
  type ArgumentsHost,
  BadRequestException,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  Injectable,
  type ModuleMetadata,
  type NestInterceptor,
  type NestMiddleware,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnModuleInit,
  RequestMethod,
  type Type,
  UnauthorizedException,
  ValidationPipe,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import {
  type AbstractHttpAdapter,
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  HttpAdapterHost,
  Reflector,
  RouterModule,
} from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import fastifyCompress from '@fastify/compress';
import compression from 'compression';
import express from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { catchError, map, of, timeout } from 'rxjs';
import type { HostOptions, PlatformName } from '../support/platforms.js';
import { createCallbackController, createCallbackModule } from './host-app.js';

/** One way in which an app can be set up around the callback route. */
export interface Host {
  name: string;
  /** Only there. */
  platform?: PlatformName;
  /** Path of the callback route as Nest serves it. */
  path?: string;
  /** What stands before the host's own routes. */
  prefix?: string;
  controllers?: () => Type[];
  imports?: () => NonNullable<ModuleMetadata['imports']>;
  providers?: NonNullable<ModuleMetadata['providers']>;
  host?: HostOptions;
  adapter?: () => AbstractHttpAdapter;
  configure?: (app: INestApplication, platform: PlatformName) => void | Promise<void>;
  /** What changes for the host's own routes; the tests of those go by it. */
  effects?: {
    rawBody?: boolean;
    noBodyParser?: boolean;
    noForms?: boolean;
    wrapped?: boolean;
    filtered?: boolean;
    compressed?: boolean;
    guarded?: boolean;
    forgiving?: boolean;
    header?: string;
  };
}

type Next = (error?: unknown) => void;

@Injectable()
class WrappingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: { handle(): ReturnType<typeof of> }) {
    return next.handle().pipe(map((data) => ({ success: true, data })));
  }
}

/** Turns each error into a success, as some "always 200" APIs do. */
@Injectable()
class ForgivingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: { handle(): ReturnType<typeof of> }) {
    return next.handle().pipe(
      timeout(3_000),
      catchError(() => of({ success: false })),
    );
  }
}

@Catch()
class AlwaysOkFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(_error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<unknown>();
    this.adapterHost.httpAdapter.reply(response, { ok: false, filtered: true }, 200);
  }
}

@Injectable()
class JwtLikeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride('isPublic', [context.getHandler(), context.getClass()])) {
      return true;
    }
    throw new UnauthorizedException();
  }
}

/** Keeps raw bodies, as hosts do for other webhooks; its hook comes after those of this package. */
@Injectable()
class BodyReader implements OnModuleInit {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  onModuleInit(): void {
    const instance = this.adapterHost.httpAdapter.getInstance<FastifyLike>();
    instance.addHook('preParsing', (_request, _reply, payload, done) => {
      const chunks: Buffer[] = [];
      payload.on('data', (chunk: Buffer) => void chunks.push(chunk));
      payload.on('end', () => done(null, Readable.from(chunks)));
    });
  }
}

/** Sets what helmet and session middleware set. */
function decorateResponse(_request: IncomingMessage, response: ServerResponse, next: Next): void {
  response.setHeader('X-Powered-By', 'host');
  response.setHeader('Content-Security-Policy', "default-src 'self'");
  response.setHeader('Set-Cookie', ['session=1; HttpOnly', 'theme=dark']);
  response.setHeader('Cache-Control', 'no-store');
  next();
}

@Injectable()
class DecoratingMiddleware implements NestMiddleware {
  use(_request: unknown, response: ServerResponse, next: Next): void {
    response.setHeader('X-Middleware', 'host');
    next();
  }
}

@Module({})
class MiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(DecoratingMiddleware).forRoutes('{*path}');
  }
}

const strictPipe = new ValidationPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  transform: true,
  validateCustomDecorators: true,
});

interface FastifyLike {
  register(plugin: unknown, options: object): unknown;
  removeContentTypeParser(type: string): void;
  addHook(
    name: 'preParsing',
    hook: (
      request: unknown,
      reply: unknown,
      payload: Readable,
      done: (error: null, payload: Readable) => void,
    ) => void,
  ): void;
  addHook(
    name: 'onSend',
    hook: (
      request: unknown,
      reply: { header(name: string, value: string): void },
      payload: unknown,
      done: (error: null, payload: unknown) => void,
    ) => void,
  ): void;
  addContentTypeParser(
    type: string,
    options: object,
    parser: (
      request: unknown,
      body: string,
      done: (error: Error | null, value?: unknown) => void,
    ) => void,
  ): void;
}
const fastify = (app: INestApplication) => app.getHttpAdapter().getInstance() as FastifyLike;

async function compress(app: INestApplication, platform: PlatformName): Promise<void> {
  if (platform === 'Express') app.use(compression({ threshold: 0 }));
  else await fastify(app).register(fastifyCompress, { threshold: 0 });
}

function versioning(defaultVersion?: string) {
  return (app: INestApplication): void => {
    app.enableVersioning({ type: VersioningType.URI, defaultVersion });
  };
}

export const hosts: Host[] = [
  { name: 'a plain app' },
  { name: 'an app with rawBody: true', host: { rawBody: true }, effects: { rawBody: true } },
  {
    name: 'an app with bodyParser: false',
    host: { bodyParser: false },
    effects: { noBodyParser: true },
  },
  {
    name: 'an app with a global prefix',
    path: '/api/v1/oss/callback',
    prefix: '/api/v1',
    configure: (app) => void app.setGlobalPrefix('api/v1'),
  },
  {
    name: 'an app whose global prefix leaves the callback out',
    prefix: '/api',
    configure: (app) =>
      void app.setGlobalPrefix('api', {
        exclude: [{ path: 'oss/callback', method: RequestMethod.POST }],
      }),
  },
  {
    name: 'an app with URI versions on the controller',
    path: '/v2/oss/callback',
    controllers: () => [createCallbackController({ controller: '2' })],
    configure: versioning(),
  },
  {
    name: 'an app with URI versions on the method',
    path: '/v3/oss/callback',
    controllers: () => [createCallbackController({ controller: '2', method: Version('3') })],
    configure: versioning(),
  },
  {
    name: 'an app whose callback is VERSION_NEUTRAL',
    prefix: '/v1',
    controllers: () => [createCallbackController({ controller: VERSION_NEUTRAL })],
    configure: versioning('1'),
  },
  {
    name: 'an app with a default version and a prefix',
    path: '/api/v1/oss/callback',
    prefix: '/api/v1',
    configure: (app) => {
      app.setGlobalPrefix('api');
      versioning('1')(app);
    },
  },
  {
    name: 'an app with a path for the module',
    path: '/storage/oss/callback',
    controllers: () => [],
    imports: () => {
      const module = createCallbackModule();
      return [module, RouterModule.register([{ path: 'storage', module }])];
    },
  },
  {
    name: 'an Express app with express.json() and urlencoded() before Nest',
    platform: 'Express',
    configure: (app) => {
      app.use(express.json());
      app.use(express.urlencoded({ extended: false }));
    },
  },
  {
    name: 'an Express app with express.raw() and express.text() for everything',
    platform: 'Express',
    host: { bodyParser: false },
    effects: { noBodyParser: true },
    configure: (app) => {
      app.use('/oss', express.raw({ type: '*/*' }));
      app.use('/oss', express.text({ type: '*/*' }));
    },
  },
  {
    name: 'an Express app of its own that Nest is put on',
    platform: 'Express',
    effects: { header: 'x-own' },
    adapter: () => {
      const own = express();
      own.use(express.json());
      own.use((_request, response, next) => {
        response.setHeader('X-Own', 'express');
        next();
      });
      return new ExpressAdapter(own);
    },
  },
  {
    name: 'a Fastify app with parsers of its own',
    platform: 'Fastify',
    host: { bodyParser: false },
    configure: (app) => {
      const instance = fastify(app);
      instance.removeContentTypeParser('application/json');
      instance.addContentTypeParser(
        'application/json',
        { parseAs: 'string' },
        (_request, body, done) => {
          try {
            done(null, JSON.parse(body));
          } catch (error) {
            done(new BadRequestException(String(error)));
          }
        },
      );
      instance.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string' },
        (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body))),
      );
      instance.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) =>
        done(null, body),
      );
    },
  },
  {
    name: 'a Fastify app whose onSend hook changes every answer',
    platform: 'Fastify',
    effects: { header: 'x-hook' },
    configure: (app) =>
      fastify(app).addHook('onSend', (_request, reply, payload, done) => {
        reply.header('X-Hook', 'host');
        done(null, payload);
      }),
  },
  {
    name: 'a Fastify app whose preParsing hook, added late, reads every body',
    platform: 'Fastify',
    providers: [BodyReader],
  },
  {
    name: 'a Fastify app with trailing slashes and case ignored',
    platform: 'Fastify',
    adapter: () =>
      new FastifyAdapter({ routerOptions: { ignoreTrailingSlash: true, caseSensitive: false } }),
  },
  {
    name: 'an app under a strict global ValidationPipe',
    configure: (app) => void app.useGlobalPipes(strictPipe),
  },
  {
    name: 'an app under a strict ValidationPipe as APP_PIPE',
    providers: [{ provide: APP_PIPE, useValue: strictPipe }],
  },
  {
    name: 'an app with an interceptor that wraps every answer',
    providers: [{ provide: APP_INTERCEPTOR, useClass: WrappingInterceptor }],
    effects: { wrapped: true },
  },
  {
    name: 'an app with an interceptor that makes errors answers',
    configure: (app) => void app.useGlobalInterceptors(new ForgivingInterceptor()),
    effects: { forgiving: true },
  },
  {
    name: 'an app with a filter that answers 200 to everything',
    providers: [{ provide: APP_FILTER, useClass: AlwaysOkFilter }],
    effects: { filtered: true },
  },
  { name: 'an app with compression', configure: compress, effects: { compressed: true } },
  {
    name: 'an app with helmet-like middleware',
    configure: (app) => void app.use(decorateResponse),
    effects: { header: 'content-security-policy' },
  },
  {
    name: 'an app with middleware of a module for all routes',
    imports: () => [MiddlewareModule],
    providers: [DecoratingMiddleware],
    effects: { header: 'x-middleware' },
  },
  {
    name: 'an app with CORS',
    configure: (app) => app.enableCors({ origin: true, credentials: true }),
    effects: { header: 'access-control-allow-credentials' },
  },
  {
    name: 'an app behind a global guard with an opt-out',
    providers: [{ provide: APP_GUARD, useClass: JwtLikeGuard }],
    effects: { guarded: true },
  },
  {
    name: 'an app behind a throttler',
    imports: () => [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 1_000 }])],
    providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    effects: { header: 'x-ratelimit-limit' },
  },
  {
    name: 'an app with all of it',
    path: '/api/v1/oss/callback',
    prefix: '/api/v1',
    host: { rawBody: true },
    imports: () => [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 1_000 }]), MiddlewareModule],
    providers: [
      DecoratingMiddleware,
      { provide: APP_GUARD, useClass: JwtLikeGuard },
      { provide: APP_GUARD, useClass: ThrottlerGuard },
      { provide: APP_INTERCEPTOR, useClass: WrappingInterceptor },
      { provide: APP_FILTER, useClass: AlwaysOkFilter },
    ],
    configure: async (app, platform) => {
      app.setGlobalPrefix('api');
      versioning('1')(app);
      app.useGlobalPipes(strictPipe);
      app.use(decorateResponse);
      await compress(app, platform);
    },
    effects: { rawBody: true, wrapped: true, filtered: true, compressed: true, guarded: true },
  },
];
