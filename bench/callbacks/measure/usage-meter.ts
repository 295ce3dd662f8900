import { type TreeUsage, usageOfTree } from './process-tree.js';

/** The processes that a run is about; the one that measures is the generator of the load. */
export interface ProcessIds {
  app: number;
  database: number;
}

/** Of one run; what the system does not tell is left out. */
export interface Usage {
  appCpuMicros?: number;
  databaseCpuMicros?: number;
  appRssBytes?: number;
  /** How much of one core the generator of the load took. */
  generatorShare: number;
}

const RSS_PAUSE_MS = 250;

export class UsageMeter {
  private readonly before: { app?: TreeUsage; database?: TreeUsage } = {};
  private readonly after: { app?: TreeUsage; database?: TreeUsage } = {};
  private startedAtMs = 0;
  private measuredMs = 0;
  private generator = process.cpuUsage();
  private rssBytes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly processes: ProcessIds) {}

  start(): void {
    this.look(this.before);
    this.generator = process.cpuUsage();
    this.startedAtMs = performance.now();
    this.timer = setInterval(() => {
      this.keepRss(usageOfTree(this.processes.app));
    }, RSS_PAUSE_MS);
  }

  /** @returns how long it measured, in milliseconds */
  stop(): number {
    clearInterval(this.timer);
    this.measuredMs = performance.now() - this.startedAtMs;
    this.generator = process.cpuUsage(this.generator);
    this.look(this.after);
    return this.measuredMs;
  }

  usage(operations: number): Usage {
    const { user, system } = this.generator;
    return {
      appCpuMicros: perOperation(this.before.app, this.after.app, operations),
      databaseCpuMicros: perOperation(this.before.database, this.after.database, operations),
      appRssBytes: this.rssBytes || undefined,
      generatorShare: (user + system) / 1_000 / this.measuredMs,
    };
  }

  private look(into: { app?: TreeUsage; database?: TreeUsage }): void {
    into.app = usageOfTree(this.processes.app);
    into.database = usageOfTree(this.processes.database);
    this.keepRss(into.app);
  }

  private keepRss(app: TreeUsage | undefined): void {
    this.rssBytes = Math.max(this.rssBytes, app?.rssBytes ?? 0);
  }
}

function perOperation(
  before: TreeUsage | undefined,
  after: TreeUsage | undefined,
  operations: number,
): number | undefined {
  if (!before || !after || operations === 0) return undefined;
  return ((after.cpuMs - before.cpuMs) * 1_000) / operations;
}
