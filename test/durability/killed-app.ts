import type { PlatformName } from '../support/platforms.js';
import { inParallel } from './load.js';
import type { Outcome } from './outcome.js';
import { reconcileAll } from './reconcile-all.js';
import { seededRandom } from './seeded-random.js';
import { onStage } from './stage.js';

export interface KilledAppScale {
  platform: PlatformName;
  kills: number;
  /** Answers between two kills, at most. */
  callbacksPerKill: number;
  connections: number;
  seed: number;
}

/** `kill -9` under load: what was answered with 200 has its row, and after the reconciliation every effect is there once. */
export function killApp(databaseUrl: string, scale: KilledAppScale): Promise<Outcome> {
  const { platform, kills, callbacksPerKill, connections, seed } = scale;
  const random = seededRandom(seed);
  return onStage({ databaseUrl, connections }, async (stage) => {
    const { acknowledged, findings, load, records } = stage;
    const start = () => stage.startApp({ platform, handlers: 'effects' });
    const uploads = await stage.land(kills * callbacksPerKill + connections);

    let up = start();
    let killsLeft = kills;
    const pick = () => Math.ceil(random() * (callbacksPerKill - connections));
    let answersLeft = pick();
    const killAndStart = async () => {
      await (await up).kill();
      findings.count('kills');
      await stage.checkAcknowledged();
      findings.count('interrupted', (await records.statuses()).received ?? 0);
      const app = await start();
      answersLeft = pick();
      return app;
    };
    await inParallel(uploads, connections, async ({ uploadId, callback }) => {
      const { url } = await up;
      const answer = await load.send(url, callback);
      findings.count(answer.status === 0 ? 'unanswered' : `answered ${answer.status}`);
      if (answer.status === 200) acknowledged.push(uploadId);
      else if (answer.status !== 0) findings.none([answer.text], 'unexpected answer');
      answersLeft -= 1;
      if (answersLeft > 0 || killsLeft === 0) return;
      killsLeft -= 1;
      answersLeft = Infinity;
      up = killAndStart();
    });
    const apps = [await up, await start()];
    findings.equal(findings.figures.kills ?? 0, kills, 'kills');
    await stage.checkAcknowledged();

    findings.set(
      'reconciliations',
      await reconcileAll(records, async () => apps.map((each) => () => each.reconcile())),
    );
    findings.set('callbacks', uploads.length);
    await stage.checkCompleted(uploads.length);
    await stage.checkEffects();
  });
}
