import { OssCallbackError } from '../../common/errors.js';

/*
 * As much of `prom-client` as is needed here, in types of this package's own: apps compile without it.
 */

type Labels = Record<string, string>;

export interface Counter {
  inc(labels: Labels, value?: number): void;
}

export interface Histogram {
  observe(labels: Labels, value: number): void;
}

export interface Gauge {
  set(value: number): void;
  remove(): void;
}

/** As much of a registry of `prom-client` as is needed here. */
export interface MetricsRegistry {
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
}

interface MetricConfiguration {
  name: string;
  help: string;
  registers: MetricsRegistry[];
  labelNames?: string[];
  buckets?: number[];
  aggregator?: 'max';
  collect?: () => Promise<void>;
}

export interface MetricsLibrary {
  Counter: new (configuration: MetricConfiguration) => Counter;
  Histogram: new (configuration: MetricConfiguration) => Histogram;
  Gauge: new (configuration: MetricConfiguration) => Gauge;
  /** The registry of all who name none. */
  register: MetricsRegistry;
}

/** @throws OssCallbackError `INVALID_OPTIONS` where `prom-client` is not installed */
export async function loadMetricsLibrary(): Promise<MetricsLibrary> {
  try {
    return (await import('prom-client')) as unknown as MetricsLibrary;
  } catch (cause) {
    throw new OssCallbackError(
      'INVALID_OPTIONS',
      'OssCallbackMetricsModule needs the package prom-client, which cannot be loaded. Run: npm install prom-client',
      { cause },
    );
  }
}
