import type { PlatformName } from '../support/platforms.js';
import { inParallel } from './load.js';
import type { Outcome } from './outcome.js';
import { onStage } from './stage.js';

export interface DoubledCallbacksScale {
  platform: PlatformName;
  callbacks: number;
  connections: number;
}

const POLL_MS = 50;
const POLLS = 2_000;

/** Every callback goes to two processes at the same moment: one row, each effect once, no deadlock. */
export function doubleCallbacks(
  databaseUrl: string,
  { platform, callbacks, connections }: DoubledCallbacksScale,
): Promise<Outcome> {
  return onStage({ databaseUrl, connections }, async (stage) => {
    const { findings, load, records } = stage;
    const settings = { platform, handlers: 'effects' } as const;
    const apps = await Promise.all([stage.startApp(settings), stage.startApp(settings)]);
    const uploads = await stage.land(callbacks);
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
    await stage.checkCompleted(callbacks);
    findings.equal(Object.keys(statuses).length, 1, 'statuses');
    await stage.checkEffects();
  });
}
