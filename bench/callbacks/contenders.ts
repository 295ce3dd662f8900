import { checkRecords, looksObjectsUp, recordsUploads } from './check-records.js';
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

/** What there is for each run: whichever a contender needs bounds its run. */
export interface Supplies {
  /** Callbacks that are signed. */
  requests: number;
  /** Objects in the local OSS. */
  objects: number;
}

/** Connections of the pools: as TypeORM and `pg` have them by default. */
const POOL_SIZE = 10;

/** The contenders that run, each in a process of its own, from when it is first needed to the end. */
export class Contenders {
  private readonly children: Child[] = [];
  private readonly running = new Map<string, Promise<{ child: Child; port: number }>>();

  constructor(
    private readonly world: World,
    private readonly database: BenchDatabase,
    private readonly load: Child,
    private readonly supplies: Supplies,
    private readonly profileFolder: string | undefined,
  ) {}

  /** @throws Error where an answer was wrong, or something else is on record than was answered */
  async run(scenario: Scenario, length: RunLength): Promise<Measurement> {
    const { child, port } = await this.start(scenario);
    await this.database.empty();
    try {
      const measurement = await this.measure(scenario, length, child, port);
      checkRecords(scenario.contender, measurement.answered, await this.database.count());
      return measurement;
    } catch (error) {
      throw new Error(`The run of "${scenario.name}" failed`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    for (const child of this.children) await child.stop();
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
    const program =
      contender.program === 'server' ? 'servers/server-process' : 'database/database-process';
    const child = Child.start(program, this.nodeArguments());
    this.children.push(child);
    if (contender.program === 'server') {
      const order: ServerOrder = { contender: contender.server, world };
      return { child, port: await child.ask<number>(order) };
    }
    const { work } = contender;
    await child.ask({ start: { work, connections: POOL_SIZE, world } } satisfies DatabaseMessage);
    return { child, port: 0 };
  }

  private nodeArguments(): string[] {
    if (this.profileFolder === undefined) return [];
    return ['--cpu-prof', `--cpu-prof-dir=${this.profileFolder}`];
  }

  private measure(
    { contender, connections, keepAlive }: Scenario,
    length: RunLength,
    child: Child,
    port: number,
  ): Promise<Measurement> {
    const databasePid = this.database.pid;
    const { requests, objects } = this.supplies;
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
      uploads: looksObjectsUp(contender) ? objects : requests,
      processes: { app: child.pid, database: databasePid },
    };
    return this.load.ask({ run } satisfies LoadMessage);
  }
}
