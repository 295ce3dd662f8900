import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CallbackStepMessage, OSS_CALLBACK_CHANNEL } from '../../common/callback-steps.js';
import {
  confirmationChannel,
  handlersChannel,
  insertChannel,
  keyFetchChannel,
  type MessageChannel,
  type OssHandlersMessage,
  reconciliationChannel,
  rejectionsDroppedChannel,
} from '../../common/channels.js';
import type { ReconciliationOutcome } from '../../reconciliation/reconciliation-report.js';
import type { Counter, Histogram, MetricsLibrary, MetricsRegistry } from './metrics-library.js';

/** OSS closes the connection after 5 s. */
const ANSWER_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5];
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const HANDLER_BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];
const RUN_BUCKETS = [0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900];
const ROW_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/*
 * What is rare begins at 0: `increase()` and `rate()` of Prometheus miss the first of a series that begins at 1, and an
 * alert on the first abandoned upload would stay silent.
 */
const HANDLER_OUTCOMES = [
  'completed',
  'failed',
  'abandoned',
  'lost',
] as const satisfies readonly OssHandlersMessage['outcome'][];
const RECONCILIATION_OUTCOMES = [
  'completed',
  'received',
  'failed',
  'abandoned',
  'rejected',
  'ambiguous',
  'expired',
  'pending',
  'unavailable',
  'unresolved',
] as const satisfies readonly ReconciliationOutcome[];
const RUN_RESULTS = ['ok', 'failed'] as const;

/** Counters and histograms, updated from the package's diagnostics channels. */
export class CallbackMetrics {
  private readonly endings: (() => void)[] = [];

  /** @param prefix of all names */
  constructor(
    private readonly library: MetricsLibrary,
    private readonly registry: MetricsRegistry,
    private readonly prefix: string,
  ) {}

  /** Starts counting what happens in this process. */
  start(): void {
    this.countCallbacks();
    this.countInserts();
    this.countConfirmations();
    this.countHandlers();
    this.countReconciliations();
    this.countKeyFetches();
    this.countDroppedRejections();
  }

  /** Stops counting; the metrics stay in the registry with their last values. */
  stop(): void {
    for (const end of this.endings.splice(0)) end();
  }

  private countCallbacks(): void {
    const total = this.counter(
      'callbacks_total',
      'Callbacks by outcome: the status of the upload if answered 200, else the code of the refusal.',
      'outcome',
    );
    const seconds = this.histogram(
      'answer_duration_seconds',
      'From the first byte of a callback to the decision on its answer.',
      ANSWER_BUCKETS,
      'step',
    );
    this.listen(OSS_CALLBACK_CHANNEL, (message) => {
      const { step, status, code, elapsedMs = 0 } = message as CallbackStepMessage;
      if (step !== 'answered' && step !== 'refused') return;
      total.inc({ outcome: status ?? code ?? 'unknown' });
      seconds.observe({ step }, elapsedMs / 1_000);
    });
  }

  private countInserts(): void {
    const rows = this.histogram(
      'insert_rows',
      'Rows of one INSERT, by entity: rows that arrive while one is running share the next.',
      ROW_BUCKETS,
      'entity',
    );
    this.listenTo(insertChannel, (message) =>
      rows.observe({ entity: message.entity }, message.rows),
    );
  }

  private countConfirmations(): void {
    const seconds = this.histogram(
      'confirmation_duration_seconds',
      'Lookups of an object in its bucket, by result.',
      REQUEST_BUCKETS,
      'state',
    );
    this.listenTo(confirmationChannel, ({ state, durationMs }) =>
      seconds.observe({ state }, durationMs / 1_000),
    );
  }

  private countHandlers(): void {
    const seconds = this.histogram(
      'handlers_duration_seconds',
      'Attempts of the @OnUploadCompleted handlers of one upload, by outcome.',
      HANDLER_BUCKETS,
      'outcome',
      HANDLER_OUTCOMES,
    );
    this.listenTo(handlersChannel, ({ outcome, durationMs }) =>
      seconds.observe({ outcome }, durationMs / 1_000),
    );
  }

  private countReconciliations(): void {
    const seconds = this.histogram(
      'reconciliation_duration_seconds',
      'Runs of the reconciliation, by whether they finished.',
      RUN_BUCKETS,
      'result',
      RUN_RESULTS,
    );
    const uploads = this.counter(
      'reconciled_uploads_total',
      'Uploads that the reconciliation checked, by outcome.',
      'outcome',
      RECONCILIATION_OUTCOMES,
    );
    this.listenTo(reconciliationChannel, ({ ok, durationMs, outcomes }) => {
      seconds.observe({ result: ok ? 'ok' : 'failed' }, durationMs / 1_000);
      for (const [outcome, count] of Object.entries(outcomes)) uploads.inc({ outcome }, count);
    });
  }

  private countKeyFetches(): void {
    const seconds = this.histogram(
      'key_fetch_duration_seconds',
      'Fetches of public keys, by outcome.',
      REQUEST_BUCKETS,
      'outcome',
    );
    this.listenTo(keyFetchChannel, ({ outcome, durationMs }) =>
      seconds.observe({ outcome }, durationMs / 1_000),
    );
  }

  private countDroppedRejections(): void {
    const total = this.counter(
      'rejections_dropped_total',
      'Refused callbacks that could not be recorded.',
    );
    this.listenTo(rejectionsDroppedChannel, ({ count }) => total.inc({}, count));
  }

  /** @param from values of the label that begin at 0 */
  private counter(
    name: string,
    help: string,
    label?: string,
    from: readonly string[] = [],
  ): Counter {
    const existing = this.existing(name) as Counter | undefined;
    if (existing) return existing;
    const counter = new this.library.Counter(this.of(name, help, label));
    for (const value of from) counter.inc({ [label!]: value }, 0);
    return counter;
  }

  private histogram(
    name: string,
    help: string,
    buckets: number[],
    label: string,
    from: readonly string[] = [],
  ): Histogram {
    const existing = this.existing(name) as Histogram | undefined;
    if (existing) return existing;
    const histogram = new this.library.Histogram({ ...this.of(name, help, label), buckets });
    for (const value of from) histogram.zero({ [label]: value });
    return histogram;
  }

  /** Left by an earlier app in this process. */
  private existing(name: string): unknown {
    return this.registry.getSingleMetric(this.prefix + name);
  }

  private of(name: string, help: string, label: string | undefined) {
    const labelNames = label === undefined ? [] : [label];
    return { name: this.prefix + name, help, labelNames, registers: [this.registry] };
  }

  private listenTo<Message>(
    { channel }: MessageChannel<Message>,
    onMessage: (message: Message) => void,
  ): void {
    this.listen(channel.name, (message) => onMessage(message as Message));
  }

  private listen(name: string | symbol, onMessage: (message: unknown) => void): void {
    subscribe(name, onMessage);
    this.endings.push(() => unsubscribe(name, onMessage));
  }
}
