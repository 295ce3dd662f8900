import { OssSimulator } from '../../src/simulator/index.js';
import type { PlatformName } from '../support/platforms.js';
import { type AppProcess, startApp } from '../soak/start-app.js';
import { optionsFor, startFront } from './front.js';
import type { KillablePostgres } from './killable-postgres.js';
import { inParallel, Load, OSS_WAITS_MS } from './load.js';
import { migrate } from './migrate.js';
import { Findings, type Outcome } from './outcome.js';
import { reconcileAll } from './reconcile-all.js';
import { Records } from './records.js';
import { seededRandom } from './seeded-random.js';

export interface KilledDatabaseScale {
  platform: PlatformName;
  kills: number;
  /** Callbacks from one kill to the next; the first half of them finds the database. */
  callbacksPerKill: number;
  connections: number;
  seed: number;
}

/** PostgreSQL is killed and started again under load; the app is left alone. */
export async function killDatabase(
  postgres: KillablePostgres,
  scale: KilledDatabaseScale,
): Promise<Outcome> {
  const { platform, kills, callbacksPerKill, connections, seed } = scale;
  const random = seededRandom(seed);
  const findings = new Findings();
  const records = new Records(() => postgres.url);
  const load = new Load(connections);
  const oss = await new OssSimulator().start();
  let app: AppProcess | undefined;
  try {
    await migrate(postgres.url);
    await records.createEffects();
    const front = await startFront(oss, postgres.url);
    const uploads = await front.land((kills + 1) * callbacksPerKill);
    await front.stop();
    app = await startApp({
      platform,
      databaseUrl: postgres.url,
      handlers: 'effects',
      options: optionsFor(oss),
    });
    const { url } = app;
    const acknowledged: string[] = [];

    // From a kill on, a share of the callbacks is for the time without a database; the others wait for its return.
    let killsLeft = kills;
    let back = Promise.resolve();
    let answersLeft = Infinity;
    let outageLeft = Infinity;
    let startedAt = 0;
    const plan = () => {
      answersLeft = Math.ceil(callbacksPerKill * (0.25 + random() / 4));
      outageLeft = Infinity;
    };
    const killAndStart = async () => {
      outageLeft = Math.ceil(callbacksPerKill / 4);
      await postgres.kill();
      findings.count('kills');
      await postgres.startAgain();
      findings.none(await records.withoutRow(acknowledged), 'answered with 200 have no row');
      startedAt = performance.now();
      plan();
    };
    plan();
    await inParallel(uploads, connections, async ({ uploadId, callback }) => {
      if (outageLeft <= 0) await back;
      outageLeft -= 1;
      const answer = await load.send(url, callback);
      findings.count(`answered ${answer.status}`);
      if (answer.status === 200) {
        acknowledged.push(uploadId);
        if (startedAt > 0) {
          const recoveryMs = performance.now() - startedAt;
          findings.set(
            'slowest recovery ms',
            Math.max(findings.figures['slowest recovery ms'] ?? 0, recoveryMs),
          );
          findings.count('recoveries');
          startedAt = 0;
        }
      } else if (answer.status !== 503 || !answer.isJson) {
        findings.none([`${answer.status} ${answer.text}`], 'neither 200 nor 503 with JSON');
      }
      answersLeft -= 1;
      if (answersLeft > 0 || killsLeft === 0) return;
      killsLeft -= 1;
      answersLeft = Infinity;
      back = killAndStart();
    });
    await back;
    findings.equal(findings.figures.kills ?? 0, kills, 'kills');
    findings.equal(findings.figures.recoveries ?? 0, kills, 'recoveries by itself');
    findings.none(await records.withoutRow(acknowledged), 'answered with 200 have no row');
    if (app.hasEnded()) findings.none(['it'], 'app process ended');

    const survivor = app;
    findings.set(
      'reconciliations',
      await reconcileAll(records, async () => [() => survivor.reconcile()]),
    );
    const { completed = 0 } = await records.statuses();
    findings.equal(completed, uploads.length, 'completed rows');
    findings.none(await records.wrongEffects(['first', 'second']), 'without each effect once');
    findings.equal(await records.deadlocks(), 0, 'deadlocks');
    findings.set('callbacks', uploads.length);
    findings.set('completed', completed);
    findings.set('worst answer ms', load.worstMs);
    if (load.worstMs > OSS_WAITS_MS) findings.none([load.worstMs], 'answer later than 5 s');
    return findings.outcome;
  } finally {
    load.close();
    await app?.kill();
    await oss.stop();
  }
}
