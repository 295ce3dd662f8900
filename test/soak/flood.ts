import { optionsFor, keyPair } from '../durability/front.js';
import type { Outcome } from '../durability/outcome.js';
import { onStage } from '../durability/stage.js';
import { openDataSource, TICKET_SECRET } from '../support/app-module.js';
import type { PlatformName } from '../support/platforms.js';
import { flood } from './flood-requests.js';

const MAX_ROWS = 1_000;

/** An app in a process of its own takes unsigned requests, and signed callbacks in between. */
export function floodApp(
  databaseUrl: string,
  { platform, unsigned }: { platform: PlatformName; unsigned: number },
): Promise<Outcome> {
  return onStage({ databaseUrl }, async (stage) => {
    const { findings, oss } = stage;
    const dataSource = await openDataSource(databaseUrl);
    try {
      const app = await stage.startApp({
        platform,
        handlers: 'none',
        options: optionsFor(oss, {
          tickets: { secrets: [TICKET_SECRET], required: false },
          confirmObject: 'never',
          rejections: { maxRows: MAX_ROWS },
        }),
      });
      const figures = await flood({
        url: app.url,
        ossUrl: oss.url,
        privateKey: keyPair.privateKey,
        unsigned,
        signed: Math.ceil(unsigned / 50),
        dataSource,
        endApp: () => app.stop(),
      });
      for (const [name, value] of Object.entries(figures)) findings.set(name, value);
      const { signedShare, unsignedRefused, unsignedOnRecord, unsignedRows, minutes, rows } =
        figures;
      if (signedShare < 0.9) findings.none([signedShare], 'of the signed callbacks count');
      findings.equal(unsignedRefused, unsigned, 'refused unsigned requests');
      findings.equal(unsignedOnRecord, unsigned, 'refusals on record');
      if (rows > MAX_ROWS) findings.none([rows], `rows of rejections, above ${MAX_ROWS}`);
      if (unsignedRows > 30 + minutes * 30) findings.none([unsignedRows], 'rows are unsigned');
    } finally {
      await dataSource.destroy();
    }
  });
}
