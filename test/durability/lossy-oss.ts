import type { Fault, OssSimulator } from '../../src/simulator/index.js';
import type { PlatformName } from '../support/platforms.js';
import { sendForm, sendPut } from '../uploads/send-upload.js';
import { BUCKET, CALLBACK_PATH, type Front, optionsFor } from './front.js';
import { CONNECTIONS, inParallel, OSS_WAITS_MS } from './load.js';
import { prepareLostCases } from './lost-cases.js';
import type { Findings, Outcome } from './outcome.js';
import { reconcileAll } from './reconcile-all.js';
import type { Records } from './records.js';
import { onStage } from './stage.js';

export interface LossyOssScale {
  platform: PlatformName;
  /** A multiple of 10. */
  uploads: number;
  /** How often each of the special cases comes. */
  ofEachCase: number;
}

const DELAY_MS = OSS_WAITS_MS + 500;

/** Of ten callbacks, three are lost, one comes when OSS has long given up, one comes twice. */
const fates: (Fault | undefined)[] = [
  { at: 'callback', effect: 'drop' },
  { at: 'callback', effect: 'drop' },
  { at: 'callback', effect: 'fail', message: 'Too many callback requests.' },
  { at: 'callback', effect: 'delay', delayMs: DELAY_MS },
  { at: 'callback', effect: 'deliver-twice', concurrently: true },
  ...Array.from({ length: 5 }, () => undefined),
];

/** Callbacks get lost, delayed and doubled; two reconcilers run side by side, also while late callbacks arrive. */
export function loseCallbacks(
  databaseUrl: string,
  { platform, uploads: count, ofEachCase }: LossyOssScale,
): Promise<Outcome> {
  return onStage({ databaseUrl }, async (stage) => {
    const { findings, oss, records } = stage;
    oss.events.on('callback-answered', ({ answer, failure }) => {
      findings.count(
        answer ? `callback answered ${answer.status}` : `callback: ${failure?.message}`,
      );
    });
    const localOss = { url: oss.url, publicKey: oss.publicKey };
    const options = optionsFor(oss, { localOss, reconciliation: false });
    const settings = { platform, handlers: 'effects', options } as const;
    const apps = await Promise.all([stage.startApp(settings), stage.startApp(settings)]);
    const fronts: Front[] = [];
    for (const { url } of apps) {
      const callback = { url: `${url}${CALLBACK_PATH}` };
      fronts.push(await stage.startFront({ localOss, callback }));
    }
    // Those that are delayed are on their way while the others come and the first reconciliation runs.
    const delayed: Promise<void>[] = [];
    await inParallel(Array.from({ length: count }), CONNECTIONS, async (_, index) => {
      const fate = fates[index % fates.length];
      const sent = upload(oss, fronts[index % 2]!, index, fate, findings);
      if (fate?.effect === 'delay') delayed.push(sent);
      else await sent;
    });
    const cases = await prepareLostCases(oss, fronts[0]!.uploads, ofEachCase);
    findings.set('waiting for a delayed callback', delayed.length);

    const reconcilers = apps.map((app) => () => app.reconcile());
    await records.letTimePass();
    const outcomes = await Promise.all(reconcilers.map((reconcile) => reconcile()));
    outcomes.forEach(({ completed = 0 }, index) =>
      findings.set(`found by reconciler ${index + 1}`, completed),
    );
    await cases.endSlowUploads();
    await Promise.all(delayed);
    await records.query(
      `UPDATE oss_upload_tickets SET accept_until = now() - interval '1 minute' WHERE id = ANY ($1)`,
      [cases.fruitless],
    );
    findings.set('reconciliations', 1 + (await reconcileAll(records, async () => reconcilers)));
    await compare(oss, records, findings);
    const tickets = await records.query<{ id: string; status: string }>(
      'SELECT id, status FROM oss_upload_tickets',
    );
    for (const { status } of tickets) findings.count(`tickets ${status}`);
    const fruitless = new Set(cases.fruitless);
    findings.none(
      tickets
        .filter(({ id, status }) => (status !== 'completed') !== fruitless.has(id))
        .map(({ id, status }) => `${id} ${status}`),
      'tickets closed otherwise than their uploads ended',
    );
    await stage.checkEffects();
  });
}

async function upload(
  oss: OssSimulator,
  { uploads }: Front,
  index: number,
  fate: Fault | undefined,
  findings: Findings,
): Promise<void> {
  const object = `chaos/${index}.txt`;
  if (fate) {
    oss.faults.inject(fate, { object });
    findings.count(fate.effect);
  }
  const answer =
    index % 20 < 10
      ? await sendPut(await uploads.authorizePutObject({ object }), `content ${index}`)
      : await sendForm(await uploads.authorizePostObject({ object }), `content ${index}`);
  findings.count(`upload answered ${answer.status}`);
}

/** Every stored object has exactly one completed row, and no ticket has one without its own object. */
async function compare(oss: OssSimulator, records: Records, findings: Findings): Promise<void> {
  const rows = await records.query<{ id: string; object: string; etag: string; size: string }>(
    `SELECT id, object, etag, size FROM oss_uploads WHERE status = 'completed'`,
  );
  const stored = oss.objects.list(BUCKET);
  findings.set('objects', stored.length);
  findings.set('completed rows', rows.length);
  const ofUploads = stored.filter(({ metadata }) => metadata['upload-id'] !== undefined);
  findings.none(
    ofUploads
      .filter(({ object, etag, size, metadata }) => {
        const own = rows.filter((row) => row.object === object);
        const [row] = own;
        return (
          own.length !== 1 ||
          row!.id !== metadata['upload-id'] ||
          row!.etag !== etag ||
          row!.size !== String(size)
        );
      })
      .map(({ object }) => object),
    'objects without exactly one completed row of their own',
  );
  findings.none(
    rows
      .filter(({ id, object }) => oss.objects.get(BUCKET, object)?.metadata['upload-id'] !== id)
      .map(({ object }) => object),
    'completed rows without their own object',
  );
}
