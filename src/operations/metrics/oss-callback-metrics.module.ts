import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { UploadCompletion } from '../../completion/upload-completion.js';
import { OssUploadReconciler } from '../../reconciliation/oss-upload-reconciler.js';
import { RejectionRecorder } from '../../rejections/rejection-recorder.js';
import { OssCallbackError } from '../../common/errors.js';
import { Backlog } from '../backlog.js';
import { BacklogGauges } from './backlog-gauges.js';
import { CallbackMetrics } from './callback-metrics.js';
import { loadMetricsLibrary, type MetricsRegistry } from './metrics-library.js';

/**
 * Options of {@link OssCallbackMetricsModule}.
 * @category Health, metrics and diagnostics
 */
export interface OssCallbackMetricsOptions {
  /** A registry of `prom-client`. Default: its `register`, the default registry. */
  registry?: MetricsRegistry;
  /** Prefix of every metric's name. Default `oss_callback_`. */
  prefix?: string;
}

const METRICS_OPTIONS = Symbol('OSS_CALLBACK_METRICS_OPTIONS');

/** Registries in use, with their prefixes. */
const counting = new WeakMap<MetricsRegistry, Set<string>>();

/**
 * Counters, histograms and gauges of this package in a registry of `prom-client`, which has to be installed:
 *
 * ```ts
 * imports: [OssCallbackModule.forRoot({ … }), OssCallbackMetricsModule.register()]
 * ```
 *
 * The app serves the registry. The metrics cover this process, from its start to the end of its shutdown; after that
 * the registry keeps the last values.
 * @category Health, metrics and diagnostics
 */
@Module({ providers: [{ provide: METRICS_OPTIONS, useValue: {} }] })
export class OssCallbackMetricsModule implements OnModuleInit, OnApplicationShutdown {
  private stop: () => void = () => undefined;

  /** @internal */
  constructor(
    @Inject(METRICS_OPTIONS) private readonly options: OssCallbackMetricsOptions,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** Registers the metrics when the app starts. */
  static register(options: OssCallbackMetricsOptions = {}): DynamicModule {
    return {
      module: OssCallbackMetricsModule,
      providers: [{ provide: METRICS_OPTIONS, useValue: options }],
    };
  }

  /**
   * @internal
   * @throws OssCallbackError `INVALID_OPTIONS`
   */
  async onModuleInit(): Promise<void> {
    const library = await loadMetricsLibrary();
    const { registry = library.register, prefix = 'oss_callback_' } = this.options;
    const backlog = this.find(Backlog);
    const release = reserve(registry, prefix);
    const metrics = new CallbackMetrics(library, registry, prefix);
    const gauges = new BacklogGauges(library, registry, prefix, backlog);
    this.stop = () => {
      metrics.stop();
      gauges.stop();
      release();
    };
    metrics.start();
    gauges.start();
  }

  /** @internal Callbacks that are in flight when the app shuts down count as well. */
  async onApplicationShutdown(): Promise<void> {
    await this.find(OssUploadReconciler).stop();
    await this.find(UploadCompletion).drain();
    await this.find(RejectionRecorder).flush();
    this.stop();
  }

  /** Finds it wherever the app imports `OssCallbackModule`, whether or not it is global. */
  private find<T>(type: abstract new (...args: never[]) => T): T {
    try {
      return this.moduleRef.get<T>(type, { strict: false });
    } catch (cause) {
      throw new OssCallbackError(
        'INVALID_OPTIONS',
        'OssCallbackMetricsModule finds no OssCallbackModule. Import OssCallbackModule.forRoot({ … }) in the app as well.',
        { cause },
      );
    }
  }
}

/** Diagnostics channels are process-wide: a second module would count everything twice. */
function reserve(registry: MetricsRegistry, prefix: string): () => void {
  const prefixes = counting.get(registry) ?? new Set<string>();
  if (prefixes.has(prefix)) {
    throw new OssCallbackError(
      'INVALID_OPTIONS',
      `OssCallbackMetricsModule: the registry has metrics with the prefix "${prefix}" already. Import the module once in a process, or give each app a registry of its own.`,
    );
  }
  prefixes.add(prefix);
  counting.set(registry, prefixes);
  return () => void prefixes.delete(prefix);
}
