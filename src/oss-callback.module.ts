import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Logger,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import {
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { DataSource } from 'typeorm';
import { checkTables } from './database/migrations.js';
import { findUploadHandlers } from './completion/handler-discovery.js';
import { OssUploadReconciler } from './reconciliation/oss-upload-reconciler.js';
import { ReconciliationSchedule } from './reconciliation/reconciliation-schedule.js';
import { UploadCompletion } from './completion/upload-completion.js';
import { UploadHandlers } from './completion/upload-handlers.js';
import { CallbackCapture } from './callback/capture/callback-capture.js';
import { findDefaultCallbackUrls, publicUrlOf } from './routes/callback-route-check.js';
import { CallbackRefusals } from './callback/answer/callback-refusals.js';
import { CallbackRoutes } from './routes/callback-routes.js';
import { testSignatureVerification } from './callback/verification/callback-verifier.js';
import { captureOnExpress } from './callback/capture/express-capture.js';
import { captureOnFastify } from './callback/capture/fastify-capture.js';
import { OssCallbackFilter } from './callback/nest/oss-callback.filter.js';
import { OssCallbackGuard } from './callback/nest/oss-callback.guard.js';
import { invalidOption, OssCallbackError } from './common/errors.js';
import {
  OSS_CALLBACK_OPTIONS,
  type OssCallbackModuleExtras,
  type OssCallbackOptions,
  type ResolvedOssCallbackOptions,
} from './options/options.js';
import { MODULE_DATA_SOURCE, providers } from './composition.js';
import { bootWarnings, resolveOssCallbackOptions } from './options/validation.js';
import { CallbackTargets } from './routes/callback-targets.js';
import { OssUploadService } from './upload/oss-upload.service.js';

/** For `forRootAsync`; `ossCallbackConfig.asProvider()` fits. */
export interface OssCallbackAsyncOptions
  extends OssCallbackModuleExtras, Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject'];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Nest passes whatever `inject` names
  useFactory: (...args: any[]) => OssCallbackOptions | Promise<OssCallbackOptions>;
}

const injectables = [OssUploadService, OssCallbackGuard, OssCallbackFilter];

/** Differs for each call of `forRoot`, so that Nest takes no two of them for the same module, however it compares them. */
const IMPORT_ID = Symbol('OSS_CALLBACK_IMPORT_ID');

/** Upload callbacks of Alibaba Cloud OSS: import `forRoot` or `forRootAsync` once, in the app's root module. */
@Module({
  imports: [DiscoveryModule],
  providers: [
    // `forRootAsync` replaces these two; they stand here for an app that imports the class itself
    { provide: OSS_CALLBACK_OPTIONS, inject: [ModulesContainer], useFactory: refuseBareImport },
    { provide: MODULE_DATA_SOURCE, inject: [OSS_CALLBACK_OPTIONS], useFactory: () => undefined },
    ...providers,
    ...injectables,
  ],
  exports: [OSS_CALLBACK_OPTIONS, ...providers.map(({ provide }) => provide), ...injectables],
})
export class OssCallbackModule
  implements NestModule, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger = new Logger('OssCallback');
  private schedule: ReconciliationSchedule | undefined;

  constructor(
    @Inject(OSS_CALLBACK_OPTIONS) private readonly options: ResolvedOssCallbackOptions,
    @Inject(MODULE_DATA_SOURCE) private readonly dataSource: DataSource,
    private readonly adapterHost: HttpAdapterHost,
    private readonly routes: CallbackRoutes,
    private readonly capture: CallbackCapture,
    private readonly targets: CallbackTargets,
    private readonly refusals: CallbackRefusals,
    private readonly handlers: UploadHandlers,
    private readonly completion: UploadCompletion,
    private readonly reconciler: OssUploadReconciler,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  static forRoot(options: OssCallbackOptions & OssCallbackModuleExtras): DynamicModule {
    return OssCallbackModule.forRootAsync({
      dataSource: options?.dataSource,
      isGlobal: options?.isGlobal,
      useFactory: () => options,
    });
  }

  static forRootAsync(options: OssCallbackAsyncOptions): DynamicModule {
    return {
      module: OssCallbackModule,
      global: options.isGlobal ?? true,
      imports: options.imports ?? [],
      providers: [
        { provide: IMPORT_ID, useValue: randomUUID() },
        {
          provide: OSS_CALLBACK_OPTIONS,
          inject: [ModulesContainer, ...(options.inject ?? [])],
          useFactory: async (modules: ModulesContainer, ...args: unknown[]) => {
            checkImportedOnce(modules);
            return resolveOssCallbackOptions(await options.useFactory(...args));
          },
        },
        {
          provide: MODULE_DATA_SOURCE,
          // optional, so that what is missing is told by this package and not by Nest's injector
          inject: [{ token: getDataSourceToken(options.dataSource), optional: true }],
          useFactory: (dataSource?: DataSource) => checkDataSource(dataSource, options.dataSource),
        },
      ],
    };
  }

  /** The moment at which the platform is there and no route is yet. */
  configure(_consumer: MiddlewareConsumer): void {
    const adapter = this.adapterHost.httpAdapter;
    const app = adapter.getInstance<never>();
    if (adapter.getType() === 'fastify') captureOnFastify(app, this.capture);
    else captureOnExpress(app, adapter.getHttpServer() as Server | undefined, this.capture);
  }

  async onApplicationBootstrap(): Promise<void> {
    testSignatureVerification();
    await checkTables(this.dataSource);
    this.handlers.set(findUploadHandlers(this.discovery, this.scanner, this.options));
    const servesHttp = Boolean(this.adapterHost.httpAdapter);
    const known = servesHttp ? this.routes.all() : undefined;
    const routes = (known ?? []).filter(({ kind }) => kind === 'callback');
    const names = new Map(routes.map((route) => [route.name, route]));
    for (const route of routes) {
      const twin = names.get(route.name);
      if (twin && twin.method !== route.method) {
        throw invalidOption(
          '@OssCallback name',
          `"${route.name}" stands on ${route.method} and on ${twin.method}. Give one of them another name: @OssCallback(path, { name }).`,
        );
      }
    }
    this.targets.set(
      routes.map(({ name, path, variablesType }) => ({
        name,
        url: publicUrlOf(this.options, path),
        variablesType,
      })),
      findDefaultCallbackUrls(this.options, known),
    );
    for (const warning of bootWarnings(this.options)) this.logger.warn(warning);
    this.startReconciliation();
  }

  private startReconciliation(): void {
    const { reconciliation } = this.options;
    if (!reconciliation) return;
    const schedule = new ReconciliationSchedule(this.reconciler, reconciliation.everySeconds);
    this.schedule = schedule;
    this.completion.onRetry = (at) => schedule.wakeBy(at);
    schedule.start();
  }

  /**
   * While the app still listens, and before any module closes a database: callbacks in flight are answered, new ones go
   * to another instance, handlers come to their end.
   */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.schedule?.stop(), this.capture.drain()]);
    await this.completion.drain();
    await this.refusals.flush();
  }

  /** Those that came after all. */
  async onApplicationShutdown(): Promise<void> {
    await this.refusals.flush();
  }
}

/** Two of them would both capture each callback, and its upload would go by the options of either. */
function checkImportedOnce(modules: ModulesContainer): void {
  const imported = [...modules.values()].filter(({ metatype }) => metatype === OssCallbackModule);
  if (imported.length === 1) return;
  throw new OssCallbackError(
    'INVALID_OPTIONS',
    `OssCallbackModule is imported ${imported.length} times in one app. Import OssCallbackModule.forRoot() or forRootAsync() once, in the root module, and nothing of it elsewhere: its providers are global. With "isGlobal: false", keep what the call returns in a constant, and import that constant in each module that needs it.`,
  );
}

function refuseBareImport(modules: ModulesContainer): never {
  checkImportedOnce(modules);
  throw new OssCallbackError(
    'INVALID_OPTIONS',
    'OssCallbackModule is imported without options. Import OssCallbackModule.forRoot({ ... }) or OssCallbackModule.forRootAsync(ossCallbackConfig.asProvider()) in the root module.',
  );
}

function checkDataSource(dataSource: DataSource | undefined, name: string | undefined): DataSource {
  const named = name === undefined ? '' : ` named "${name}"`;
  if (!dataSource) {
    throw invalidOption(
      'dataSource',
      `finds no TypeORM DataSource${named}. Import TypeOrmModule.forRoot({ type: "postgres", ... }) in the root module, or name the one that is there.`,
    );
  }
  const { type } = dataSource.options;
  if (type === 'postgres') return dataSource;
  throw invalidOption(
    'dataSource',
    `finds a TypeORM DataSource${named} of the type "${type}". This package needs "postgres".`,
  );
}
