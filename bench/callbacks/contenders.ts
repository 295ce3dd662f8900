import { Child } from './child.js';
import type { BenchDatabase } from './database/bench-database.js';
import type { DatabaseMessage } from './database/database-process.js';
import type { LoadMessage } from './load/load-process.js';
import type { Measurement } from './load/run-load.js';
import type { Scenario } from './plan/scenarios.js';
import type { ServerOrder } from './servers/contender.js';
import type { World } from './world.js';

export interface RunLength {
  warmUpMs: number;
  durationMs: number;
}

/** Connections of the pools: as TypeORM and `pg` have them by default. */
const POOL_SIZE = 10;

/** The contenders that run, each in a process of its own, from when it is first needed to the end. */
export class Contenders {
  private readonly running = new Map<string, Promise<{ child: Child; port: number }>>();

  constructor(
    private readonly world: World,
    private readonly database: BenchDatabase,
    private readonly load: Child,
  ) {}

  /** @throws Error where an answer was wrong, or something else is on record than was answered */
  async run(scenario: Scenario, length: RunLength): Promise<Measurement> {
    const { child, port } = await this.start(scenario);
    await this.database.empty();
    const measurement = await this.measure(scenario, length, child, port);
    await this.checkRecords(scenario, measurement);
    return measurement;
  }

  async stop(): Promise<void> {
    const started = await Promise.allSettled(this.running.values());
    for (const one of started) {
      if (one.status === 'fulfilled') await one.value.child.stop();
    }
  }

  private start({ contender }: Scenario): Promise<{ child: Child; port: number }> {
    const key = JSON.stringify(contender);
    let started = this.running.get(key);
    if (!started) {
      started = this.fork(contender);
      this.running.set(key, started);
    }
    return started;
  }

  private async fork(contender: Scenario['contender']): Promise<{ child: Child; port: number }> {
    const { world } = this;
    if (contender.program === 'server') {
      const { server, processes } = contender;
      const order: ServerOrder = { contender: server, processes, world };
      const { child, reply } = await Child.start<number>('servers/server-process', order);
      return { child, port: reply };
    }
    const message: DatabaseMessage = {
      start: { work: contender.work, connections: POOL_SIZE, world },
    };
    return { child: (await Child.start('database/database-process', message)).child, port: 0 };
  }

  private measure(
    { contender, connections, keepAlive }: Scenario,
    length: RunLength,
    child: Child,
    port: number,
  ): Promise<Measurement> {
    const databasePid = this.database.pid;
    if (contender.program === 'database') {
      const run = { ...length, concurrency: connections, databasePid };
      return child.ask({ run } satisfies DatabaseMessage);
    }
    const run = {
      ...length,
      port,
      connections,
      keepAlive,
      answer: recordsUploads(contender) ? ('upload' as const) : ('fixed' as const),
      processes: { app: child.pid, database: databasePid },
    };
    return this.load.ask({ run } satisfies LoadMessage);
  }

  private async checkRecords(
    { name, contender }: Scenario,
    { answered }: Measurement,
  ): Promise<void> {
    const { completed, handled } = await this.database.count();
    const expected = {
      completed: recordsUploads(contender) ? answered : 0,
      handled: runsHandler(contender) ? answered : 0,
    };
    if (completed === expected.completed && handled === expected.handled) return;
    throw new Error(
      `${name}: ${answered} answers, and ${completed} completed uploads and ${handled} effects of the handler on record`,
    );
  }
}

function recordsUploads(contender: Scenario['contender']): boolean {
  return contender.program === 'database' || !['http', 'nest'].includes(contender.server.kind);
}

function runsHandler(contender: Scenario['contender']): boolean {
  if (contender.program === 'database') return contender.work === 'transaction';
  return contender.server.kind === 'module' && contender.server.handler;
}
