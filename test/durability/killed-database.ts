import type { PlatformName } from '../support/platforms.js';
import { migrate } from '../support/app-module.js';
import type { KillablePostgres } from './killable-postgres.js';
import { inParallel, OSS_WAITS_MS } from './load.js';
import type { Outcome } from './outcome.js';
import { reconcileAll } from './reconcile-all.js';
import { seededRandom } from './seeded-random.js';
import { onStage } from './stage.js';

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
  await migrate(postgres.url);
  return onStage({ databaseUrl: postgres.url, connections }, async (stage) => {
    const { acknowledged, findings, load, records } = stage;
    const uploads = await stage.land((kills + 1) * callbacksPerKill);
    const app = await stage.startApp({ platform, handlers: 'effects' });

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
      await stage.checkAcknowledged();
      startedAt = performance.now();
      plan();
    };
    plan();
    await inParallel(uploads, connections, async ({ uploadId, callback }) => {
      if (outageLeft <= 0) await back;
      outageLeft -= 1;
      const answer = await load.send(app.url, callback);
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
    await stage.checkAcknowledged();
    if (app.hasEnded()) findings.none(['it'], 'app process ended');

    findings.set(
      'reconciliations',
      await reconcileAll(records, async () => [() => app.reconcile()]),
    );
    findings.set('callbacks', uploads.length);
    await stage.checkCompleted(uploads.length);
    await stage.checkEffects();
    if (load.worstMs > OSS_WAITS_MS) findings.none([load.worstMs], 'answer later than 5 s');
  });
}
