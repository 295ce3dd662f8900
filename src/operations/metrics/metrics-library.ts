import { OssCallbackError } from '../../common/errors.js';

/*
 * The parts of `prom-client` that this package uses, as its own types: apps compile without `prom-client`.
 */

type Labels = Record<string, string>;

export interface Counter {
  inc(labels: Labels, value?: number): void;
}

export interface Histogram {
  observe(labels: Labels, value: number): void;
  zero(labels: Labels): void;
}

export interface Gauge {
  set(value: number): void;
  remove(): void;
}

/**
 * The parts of a `prom-client` registry that this package uses.
 * @inline
 */
export interface MetricsRegistry {
  /** Finds a metric by its name. */
  getSingleMetric(name: string): unknown;
  /** Removes a metric by its name. */
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
  /** The default registry. */
  register: MetricsRegistry;
}

/** @throws OssCallbackError `INVALID_OPTIONS` if `prom-client` is not installed */
export async function loadMetricsLibrary(): Promise<MetricsLibrary> {
  try {
    return (await import('prom-client')) as unknown as MetricsLibrary;
  } catch (cause) {
    throw new OssCallbackError(
      'INVALID_OPTIONS',
      'OssCallbackMetricsModule needs the package prom-client, which could not be loaded. Run: npm install prom-client',
      { cause },
    );
  }
}
