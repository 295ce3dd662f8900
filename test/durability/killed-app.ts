import { OssSimulator } from '../../src/simulator/index.js';
import type { PlatformName } from '../support/platforms.js';
import { type AppProcess, startApp } from '../soak/start-app.js';
import { type LandedUpload, optionsFor, startFront } from './front.js';
import { inParallel, Load } from './load.js';
import { Findings, type Outcome } from './outcome.js';
import { reconcileAll } from './reconcile-all.js';
import { Records } from './records.js';
import { seededRandom } from './seeded-random.js';

export interface KilledAppScale {
  platform: PlatformName;
  kills: number;
  /** Answers between two kills, at most. */
  callbacksPerKill: number;
  connections: number;
  seed: number;
}

/** `kill -9` under load: what was answered with 200 has its row, and after the reconciliation every effect is there once. */
export async function killApp(databaseUrl: string, scale: KilledAppScale): Promise<Outcome> {
  const { platform, kills, callbacksPerKill, connections, seed } = scale;
  const random = seededRandom(seed);
  const findings = new Findings();
  const records = new Records(() => databaseUrl);
  const load = new Load(connections);
  const oss = await new OssSimulator().start();
  const settings = {
    platform,
    databaseUrl,
    handlers: 'effects',
    options: optionsFor(oss),
  } as const;
  let app: AppProcess | undefined;
  try {
    await records.createEffects();
    const front = await startFront(oss, databaseUrl);
    const uploads = await front.land(kills * callbacksPerKill + connections);
    await front.stop();

    const acknowledged: string[] = [];
    app = await startApp(settings);
    let up = Promise.resolve(app);
    let killsLeft = kills;
    const pick = () => Math.ceil(random() * (callbacksPerKill - connections));
    let answersLeft = pick();
    const killAndStart = async () => {
      await app?.kill();
      findings.count('kills');
      findings.none(await records.withoutRow(acknowledged), 'answered with 200 have no row');
      findings.count('interrupted', (await records.statuses()).received ?? 0);
      app = await startApp(settings);
      answersLeft = pick();
      return app;
    };
    await inParallel(uploads, connections, async ({ uploadId, callback }: LandedUpload) => {
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
    await up;
    findings.equal(findings.figures.kills ?? 0, kills, 'kills');
    findings.none(await records.withoutRow(acknowledged), 'answered with 200 have no row');

    const second = await startApp(settings);
    const apps = [await up, second];
    findings.set(
      'reconciliations',
      await reconcileAll(records, async () => apps.map((each) => () => each.reconcile())),
    );
    await second.stop();
    const { completed = 0 } = await records.statuses();
    findings.equal(completed, uploads.length, 'completed rows');
    findings.none(await records.wrongEffects(['first', 'second']), 'without each effect once');
    findings.equal(await records.deadlocks(), 0, 'deadlocks');
    findings.set('callbacks', uploads.length);
    findings.set('completed', completed);
    findings.set('worst answer ms', load.worstMs);
    return findings.outcome;
  } finally {
    load.close();
    await app?.kill();
    await oss.stop();
  }
}
