import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  Inject,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { DataSource } from 'typeorm';
import { CallbackServices } from './callback/nest/callback-services.js';
import { OssCallbackGuard } from './callback/nest/oss-callback.guard.js';
import { testSignatureVerification } from './callback/verification/callback-verifier.js';
import { CallbackCapture } from './callback/capture/callback-capture.js';
import { captureOnExpress } from './callback/capture/express-capture.js';
import { captureOnFastify } from './callback/capture/fastify-capture.js';
import { CallbackRefusals } from './callback/answer/callback-refusals.js';
import { allChecks, OssCallbackError } from './common/errors.js';
import { unquoted } from './common/log-text.js';
import { findUploadHandlers } from './completion/handler-discovery.js';
import { UploadCompletion } from './completion/upload-completion.js';
import { composeOssCallback, type OssCallbackRuntime } from './composition.js';
import { checkDataSource, checkDataSourceIsImported } from './database/data-source.js';
import { checkTables } from './database/migrations.js';
import { Backlog } from './operations/backlog.js';
import { OssCallbackHealthIndicator } from './operations/health/oss-callback-health.indicator.js';
import type { OssCallbackModuleExtras, OssCallbackOptions } from './options/options.js';
import { OSS_CALLBACK_OPTIONS, type ResolvedOssCallbackOptions } from './options/resolved.js';
import { resolveOssCallbackOptions } from './options/validation.js';
import { Log } from './common/log.js';
import { bootWarnings } from './options/warnings.js';
import { OssUploadReconciler } from './reconciliation/oss-upload-reconciler.js';
import { UploadRecorder } from './recording/upload-recorder.js';
import { OssUploadAudit } from './records/oss-upload-audit.js';
import { RejectionRecorder } from './rejections/rejection-recorder.js';
import { CallbackRoutes } from './routes/callback-routes.js';
import { OssUploadService } from './upload/oss-upload.service.js';

/**
 * The options of `forRootAsync`, such as `ossCallbackConfig.asProvider()`.
 * @category Module
 */
export interface OssCallbackAsyncOptions
  extends OssCallbackModuleExtras, Pick<ModuleMetadata, 'imports'> {
  /** Tokens of the providers that are passed to `useFactory`. Default: none. */
  inject?: FactoryProvider['inject'];
  /** Returns the options; called once, when the app starts. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Nest passes whatever `inject` names
  useFactory: (...args: any[]) => OssCallbackOptions | Promise<OssCallbackOptions>;
}

/** The DataSource that the options name, under whatever token. */
const MODULE_DATA_SOURCE = Symbol('OSS_CALLBACK_DATA_SOURCE');
const RUNTIME = Symbol('OSS_CALLBACK_RUNTIME');

const runtime: FactoryProvider<OssCallbackRuntime> = {
  provide: RUNTIME,
  inject: [
    OSS_CALLBACK_OPTIONS,
    MODULE_DATA_SOURCE,
    CallbackRoutes,
    DiscoveryService,
    HttpAdapterHost,
  ],
  useFactory: (
    options: ResolvedOssCallbackOptions,
    dataSource: DataSource,
    routes: CallbackRoutes,
    discovery: DiscoveryService,
    adapterHost: HttpAdapterHost,
  ) =>
    composeOssCallback(options, dataSource, {
      routes,
      findHandlers: () => findUploadHandlers(discovery, options),
      adapterHost,
    }),
};

/** What an app may inject. */
const injectables = [
  part(OssUploadService, ({ uploads }) => uploads),
  part(OssUploadAudit, ({ audit }) => audit),
  part(OssUploadReconciler, ({ reconciler }) => reconciler),
  part(OssCallbackHealthIndicator, ({ health }) => health),
];

/** What this package's own enhancers and modules look up. */
const internals = [
  part(CallbackServices, ({ callbacks }) => callbacks),
  part(CallbackCapture, ({ capture }) => capture),
  part(CallbackRefusals, ({ refusals }) => refusals),
  part(UploadRecorder, ({ recorder }) => recorder),
  part(UploadCompletion, ({ completion }) => completion),
  part(RejectionRecorder, ({ rejections }) => rejections),
  part(Backlog, ({ backlog }) => backlog),
];

function part<T>(
  Part: abstract new (...args: never[]) => T,
  of: (runtime: OssCallbackRuntime) => T,
): FactoryProvider<T> {
  return { provide: Part, inject: [RUNTIME], useFactory: of };
}

/** Unique for each call of `forRoot`, so that Nest never takes two imports for the same module. */
const IMPORT_ID = Symbol('OSS_CALLBACK_IMPORT_ID');

/**
 * The module to import once, in the app's root module, with `forRoot` or `forRootAsync`. It captures and verifies OSS's
 * callbacks, and provides {@link OssUploadService}, {@link OssUploadAudit}, {@link OssUploadReconciler},
 * {@link OssCallbackHealthIndicator} and {@link OssCallbackGuard}.
 *
 * ```ts
 * @Module({ imports: [OssCallbackModule.forRootAsync(ossCallbackConfig.asProvider())] })
 * class AppModule {}
 * ```
 *
 * When the app starts, it fails with one {@link OssCallbackError} about everything that would keep callbacks from
 * working: `INVALID_OPTIONS` for options and routes, `TABLES_MISSING` for the database. When the app shuts down,
 * callbacks in flight are answered and running handlers finish.
 * @category Module
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    // replaced by `forRootAsync`; these are for an app that imports the class itself
    { provide: OSS_CALLBACK_OPTIONS, inject: [ModulesContainer], useFactory: refuseBareImport },
    { provide: MODULE_DATA_SOURCE, inject: [OSS_CALLBACK_OPTIONS], useFactory: () => undefined },
    CallbackRoutes,
    runtime,
    ...internals,
    ...injectables,
    OssCallbackGuard,
  ],
  exports: [OSS_CALLBACK_OPTIONS, ...injectables.map(({ provide }) => provide), OssCallbackGuard],
})
export class OssCallbackModule
  implements NestModule, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly log = new Log();

  /** @internal */
  constructor(
    @Inject(OSS_CALLBACK_OPTIONS) private readonly options: ResolvedOssCallbackOptions,
    @Inject(MODULE_DATA_SOURCE) private readonly dataSource: DataSource,
    @Inject(RUNTIME) private readonly runtime: OssCallbackRuntime,
    private readonly routes: CallbackRoutes,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** For options that are written in code. */
  static forRoot(options: OssCallbackOptions & OssCallbackModuleExtras): DynamicModule {
    return OssCallbackModule.forRootAsync({
      dataSource: options?.dataSource,
      isGlobal: options?.isGlobal,
      useFactory: () => options,
    });
  }

  /**
   * For options that a factory returns, for example from the environment:
   * `forRootAsync(ossCallbackConfig.asProvider())`.
   */
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
            const given = await options.useFactory(...args);
            const [resolved] = await allChecks([
              () => resolveOssCallbackOptions(given),
              () => checkDataSourceIsImported(modules, options.dataSource),
            ]);
            return resolved;
          },
        },
        {
          provide: MODULE_DATA_SOURCE,
          // The options come first, so that their mistakes are reported together with a missing DataSource. That one is
          // optional, so that this package reports it, and not Nest's injector.
          inject: [
            OSS_CALLBACK_OPTIONS,
            { token: getDataSourceToken(options.dataSource), optional: true },
          ],
          useFactory: (_options: unknown, dataSource?: DataSource) =>
            checkDataSource(dataSource, options.dataSource),
        },
      ],
    };
  }

  /** @internal Nest calls this when the platform exists and no route is registered yet. */
  configure(_consumer: MiddlewareConsumer): void {
    const adapter = this.adapterHost.httpAdapter;
    const app = adapter.getInstance<never>();
    if (adapter.getType() === 'fastify') captureOnFastify(app, this.runtime.capture);
    else captureOnExpress(app, adapter.getHttpServer() as Server | undefined, this.runtime.capture);
  }

  /** @internal */
  async onApplicationBootstrap(): Promise<void> {
    testSignatureVerification();
    const { handlers, reconciler, schedule, targets } = this.runtime;
    await allChecks([
      () => checkTables(this.dataSource),
      () => handlers.all(),
      () => targets.start(),
    ]);
    const warnings = [
      ...bootWarnings(this.options),
      ...this.routes.warnings(this.options.publicUrl),
    ];
    for (const warning of warnings) this.log.warn(unquoted(warning));
    if (this.options.reconciliation) schedule.start(() => reconciler.run());
  }

  /**
   * @internal Runs while the app still listens, and before any module closes a database: callbacks in flight are
   *   answered, new ones are refused, handlers finish.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const { capture, completion, reconciler, refusals, schedule } = this.runtime;
    schedule.stop();
    await Promise.all([reconciler.stop(), capture.drain()]);
    await completion.drain();
    await refusals.flush();
  }

  /** @internal For callbacks that were refused in the meantime. */
  async onApplicationShutdown(): Promise<void> {
    await this.runtime.refusals.flush();
  }
}

/** Two instances would both capture each callback, and either might handle its upload. */
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
