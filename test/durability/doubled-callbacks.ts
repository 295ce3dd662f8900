import { OssSimulator } from '../../src/simulator/index.js';
import type { PlatformName } from '../support/platforms.js';
import { startApp } from '../soak/start-app.js';
import { optionsFor, startFront } from './front.js';
import { inParallel, Load } from './load.js';
import { Findings, type Outcome } from './outcome.js';
import { Records } from './records.js';

export interface DoubledCallbacksScale {
  platform: PlatformName;
  callbacks: number;
  connections: number;
}

const POLL_MS = 50;
const POLLS = 600;

/** Every callback goes to two processes at the same moment: one row, each effect once, no deadlock. */
export async function doubleCallbacks(
  databaseUrl: string,
  { platform, callbacks, connections }: DoubledCallbacksScale,
): Promise<Outcome> {
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
  const apps = await Promise.all([startApp(settings), startApp(settings)]);
  try {
    await records.createEffects();
    const front = await startFront(oss, databaseUrl);
    const uploads = await front.land(callbacks);
    await front.stop();
    const startedAt = performance.now();
    // two connections for each
    await inParallel(uploads, connections / 2, async ({ callback }) => {
      const answers = await Promise.all(apps.map(({ url }) => load.send(url, callback)));
      for (const { status, isJson, text } of answers) {
        findings.count(`answered ${status}`);
        // A process that has too much to do says so; the other's answer stands for the upload.
        if (status === 200)
          findings.count(`said ${(JSON.parse(text) as { status: string }).status}`);
        else if (status !== 503 || !isJson) findings.none([`${status} ${text}`], 'wrong answer');
      }
    });
    findings.set('seconds', (performance.now() - startedAt) / 1_000);
    // Who was second was told `received`; the first goes on by itself.
    let statuses = await records.statuses();
    for (let poll = 0; poll < POLLS && statuses.completed !== callbacks; poll += 1) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      statuses = await records.statuses();
    }
    findings.equal(statuses.completed ?? 0, callbacks, 'completed rows');
    findings.equal(Object.keys(statuses).length, 1, 'statuses');
    findings.none(await records.wrongEffects(['first', 'second']), 'without each effect once');
    findings.equal(await records.deadlocks(), 0, 'deadlocks');
    findings.set('rows', statuses.completed ?? 0);
    findings.set('worst answer ms', load.worstMs);
    return findings.outcome;
  } finally {
    load.close();
    await Promise.all(apps.map((app) => app.stop()));
    await oss.stop();
  }
}
