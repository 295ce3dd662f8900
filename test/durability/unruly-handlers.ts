import { behaviours } from '../soak/unruly-handlers.js';
import type { PlatformName } from '../support/platforms.js';
import type { AppProcess } from '../soak/start-app.js';
import { optionsFor } from './front.js';
import { inParallel } from './load.js';
import type { Outcome } from './outcome.js';
import { reconcileAll } from './reconcile-all.js';
import { onStage } from './stage.js';

export interface UnrulyHandlersScale {
  platform: PlatformName;
  /** How many uploads have handlers that behave so. */
  uploads: Record<(typeof behaviours)[number], number>;
  maxAttempts: number;
  connections: number;
}

/** Handlers that fail, hang, swallow errors and crash the process, which is started again each time. */
export function runUnrulyHandlers(
  databaseUrl: string,
  { platform, uploads: counts, maxAttempts, connections }: UnrulyHandlersScale,
): Promise<Outcome> {
  return onStage({ databaseUrl, connections }, async (stage) => {
    const { acknowledged, findings, load, records } = stage;
    const handlers = { timeoutSeconds: 1, maxAttempts };
    const options = optionsFor(stage.oss, {
      handlers,
      reconciliation: false,
      answerWithinMs: 3_000,
    });
    const apps: AppProcess[] = [];
    const living = async (index: number): Promise<AppProcess> => {
      const app = apps[index];
      if (app && !app.hasEnded()) return app;
      if (app) findings.count('processes started again');
      return (apps[index] = await stage.startApp({ platform, handlers: 'unruly', options }));
    };
    // Mixed, as far as there are some of each kind; those that take the process down come last.
    const prefixes = behaviours
      .flatMap((behaviour) =>
        Array.from({ length: counts[behaviour] }, (_, index) => ({
          prefix: `${behaviour}/`,
          at: index / counts[behaviour] + (behaviour.endsWith('crashes') ? 1 : 0),
        })),
      )
      .toSorted((one, other) => one.at - other.at)
      .map(({ prefix }) => prefix);
    const uploads = await stage.land(prefixes.length, (index) => prefixes[index]!);

    let starting = living(0);
    await inParallel(uploads, connections, async ({ uploadId, callback }) => {
      let app = await starting;
      if (app.hasEnded()) {
        // the first to see it starts the next one
        if ((await starting) === app) starting = living(0);
        app = await starting;
      }
      const answer = await load.send(app.url, callback);
      findings.count(answer.status === 0 ? 'unanswered' : `answered ${answer.status}`);
      if (answer.status === 200) acknowledged.push(uploadId);
      else if (answer.status === 0) await app.ended;
      else findings.none([`${answer.status} ${answer.text}`], 'unexpected answer');
    });
    await stage.checkAcknowledged();

    findings.set(
      'reconciliations',
      await reconcileAll(records, async () => {
        const all = await Promise.all([living(0), living(1)]);
        return all.map((each) => () => each.reconcile());
      }),
    );
    const ended = await records.query<Ended>(
      `SELECT split_part(object, '/', 1) kind, status, last_error reason FROM oss_uploads`,
    );
    findings.equal(ended.length, uploads.length, 'rows');
    for (const { kind, status } of ended) findings.count(`${kind}: ${status}`);
    findings.none(
      ended.filter(({ status }) => status !== 'completed' && status !== 'abandoned'),
      'neither completed nor abandoned',
    );
    findings.none(
      ended.filter(isUnexpected).map(({ kind, status, reason }) => `${kind} ${status} ${reason}`),
      'ended otherwise than their handlers, or for the fault of others',
    );
    findings.none(
      ended.filter(({ status, reason }) => (status === 'abandoned') !== (reason !== null)),
      'abandoned without a reason',
    );
    await stage.checkEffects();
    findings.set('uploads', uploads.length);
  });
}

interface Ended {
  kind: string;
  status: string;
  reason: string | null;
}

function isUnexpected({ kind, status, reason }: Ended): boolean {
  if (kind === 'fails-at-random' && status === 'abandoned') return !reason?.endsWith('bad luck');
  return kind.startsWith('always') !== (status === 'abandoned');
}
