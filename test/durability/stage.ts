import { OssSimulator } from '../../src/simulator/index.js';
import type { AppSettings } from '../soak/app-messages.js';
import { type AppProcess, startApp } from '../soak/start-app.js';
import { type Front, type LandedUpload, optionsFor, startFront } from './front.js';
import { Load } from './load.js';
import { Findings, type Outcome } from './outcome.js';
import { Records } from './records.js';

/** What a run works with: a local OSS, processes of the app, a load, and what it looks at afterwards. */
export class Stage {
  readonly findings = new Findings();
  readonly records: Records;
  readonly load: Load;
  /** Uploads whose callback was answered with 200. */
  readonly acknowledged: string[] = [];
  private readonly apps: AppProcess[] = [];
  private readonly fronts: Front[] = [];

  constructor(
    readonly databaseUrl: string,
    readonly oss: OssSimulator,
    connections?: number,
  ) {
    this.records = new Records(databaseUrl);
    this.load = new Load(connections);
  }

  /** Ended with the run, if not before. */
  async startApp(settings: Omit<AppSettings, 'databaseUrl' | 'options'> & Partial<AppSettings>) {
    const { databaseUrl, oss } = this;
    const app = await startApp({ databaseUrl, options: optionsFor(oss), ...settings });
    this.apps.push(app);
    return app;
  }

  /** Authorises uploads, and stores their objects. */
  async land(count: number, objectPrefixOf?: (index: number) => string): Promise<LandedUpload[]> {
    const front = await startFront(this.oss, this.databaseUrl);
    try {
      return await front.land(count, objectPrefixOf);
    } finally {
      await front.stop();
    }
  }

  /** Ended with the run. */
  async startFront(options: Parameters<typeof startFront>[2]): Promise<Front> {
    const front = await startFront(this.oss, this.databaseUrl, options);
    this.fronts.push(front);
    return front;
  }

  async checkAcknowledged(): Promise<void> {
    const lost = await this.records.withoutRow(this.acknowledged);
    this.findings.none(lost, 'answered with 200 have no row');
  }

  async checkCompleted(count: number): Promise<void> {
    const { completed = 0 } = await this.records.statuses();
    this.findings.equal(completed, count, 'completed rows');
    this.findings.set('completed', completed);
  }

  /** Each handler's effect is there once, and no statement met a deadlock. */
  async checkEffects(): Promise<void> {
    const { findings, records } = this;
    findings.none(await records.wrongEffects(['first', 'second']), 'without each effect once');
    findings.equal(await records.deadlocks(), 0, 'deadlocks');
  }

  async end(): Promise<void> {
    this.load.close();
    await Promise.all(this.apps.map((app) => app.kill()));
    await Promise.all(this.fronts.map((front) => front.stop()));
    await this.oss.stop();
  }
}

export interface StageOptions {
  databaseUrl: string;
  connections?: number;
}

/** Runs something on a stage of its own. */
export async function onStage(
  { databaseUrl, connections }: StageOptions,
  run: (stage: Stage) => Promise<void>,
): Promise<Outcome> {
  const stage = new Stage(databaseUrl, await new OssSimulator().start(), connections);
  try {
    await stage.records.createEffects();
    await run(stage);
    stage.findings.set('worst answer ms', stage.load.worstMs);
    return stage.findings.outcome;
  } finally {
    await stage.end();
  }
}
