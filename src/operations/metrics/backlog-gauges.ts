import type { Backlog, BacklogAges } from '../backlog.js';
import type { Gauge, MetricsLibrary, MetricsRegistry } from './metrics-library.js';

/** A scrape must not wait for a database that hangs. */
const TIMEOUT_MS = 2_000;

const GAUGES: readonly { name: string; help: string; age: keyof BacklogAges }[] = [
  {
    name: 'oldest_open_ticket_age_seconds',
    help: 'Age of the open ticket that expires first; 0 if none is open.',
    age: 'openTicketSeconds',
  },
  {
    name: 'oldest_overdue_ticket_seconds',
    help: 'How long the lookup of an expired ticket is overdue; 0 if none is.',
    age: 'overdueTicketSeconds',
  },
  {
    name: 'oldest_due_upload_seconds',
    help: 'How long the next attempt of an upload that is not completed is overdue; 0 if none is.',
    age: 'dueUploadSeconds',
  },
];

/** Gauges of the backlog, queried in one statement when the metrics are read. */
export class BacklogGauges {
  private asked: Promise<BacklogAges | undefined> | undefined;

  constructor(
    private readonly library: MetricsLibrary,
    private readonly registry: MetricsRegistry,
    private readonly prefix: string,
    private readonly backlog: Backlog,
  ) {}

  start(): void {
    for (const { name, help, age } of GAUGES) {
      const gauge: Gauge = new this.library.Gauge({
        name: this.prefix + name,
        help,
        registers: [this.registry],
        // several processes on one database report the same values
        aggregator: 'max',
        collect: async () => {
          const ages = await this.ask();
          // Unknown values are left out: 0 would mean an empty backlog.
          if (ages) gauge.set(ages[age] ?? 0);
          else gauge.remove();
        },
      });
    }
  }

  /** Unknown once the app is closed. */
  stop(): void {
    for (const { name } of GAUGES) this.registry.removeSingleMetric(this.prefix + name);
  }

  /** The other metrics stay available while the database is not. */
  private ask(): Promise<BacklogAges | undefined> {
    this.asked ??= this.backlog
      .ages(TIMEOUT_MS)
      .catch(() => undefined)
      .finally(() => (this.asked = undefined));
    return this.asked;
  }
}
