import type { Backlog, BacklogAges } from '../backlog.js';
import type { Gauge, MetricsLibrary, MetricsRegistry } from './metrics-library.js';

/** A scrape is not to wait for a database that hangs. */
const TIMEOUT_MS = 2_000;

const GAUGES: readonly { name: string; help: string; age: keyof BacklogAges }[] = [
  {
    name: 'oldest_open_ticket_age_seconds',
    help: 'Since when the open ticket that expires first has been there; 0 where none is open.',
    age: 'openTicketSeconds',
  },
  {
    name: 'oldest_overdue_ticket_seconds',
    help: 'Since when the reconciliation should have looked for the object of an expired ticket; 0 where it has.',
    age: 'overdueTicketSeconds',
  },
  {
    name: 'oldest_due_upload_seconds',
    help: 'Since when an upload that is not completed should have been gone on with; 0 where none is due.',
    age: 'dueUploadSeconds',
  },
];

/** What waits in the database, asked when the metrics are read: one query for all of it. */
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
        // of several processes on one database, all say the same
        aggregator: 'max',
        collect: async () => {
          const ages = await this.ask();
          // What is not known is left out: 0 would say that nothing waits.
          if (ages) gauge.set(ages[age] ?? 0);
          else gauge.remove();
        },
      });
    }
  }

  /** Without its app nobody can tell. */
  stop(): void {
    for (const { name } of GAUGES) this.registry.removeSingleMetric(this.prefix + name);
  }

  /** The other metrics are there also where the database is not. */
  private ask(): Promise<BacklogAges | undefined> {
    this.asked ??= this.backlog
      .ages(TIMEOUT_MS)
      .catch(() => undefined)
      .finally(() => (this.asked = undefined));
    return this.asked;
  }
}
