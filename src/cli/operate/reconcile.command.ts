import { parseArgs } from 'node:util';
import { OssUploadReconciler } from '../../reconciliation/oss-upload-reconciler.js';
import type { ReconciliationReport } from '../../reconciliation/reconciliation-report.js';
import { type CliCommand, type CliOutput, processOutput } from '../cli-command.js';
import { APP_HELP, APP_OPTIONS, withApp } from './open-app.js';
import { given, readWholeNumber, writeJson, writeProgress, writeRows } from './rows.js';

const OPTIONS = {
  ...APP_OPTIONS,
  'dry-run': { type: 'boolean' },
  limit: { type: 'string' },
} as const;

export const reconcileCommand: CliCommand = {
  help: `oss-callback reconcile: looks once for uploads whose callback was lost

Usage: npx oss-callback reconcile [upload id]… [--dry-run] [--limit <number>]

Does what the app's processes do about once a minute: looks for the objects of overdue uploads, and records the uploads
whose objects it finds. A process of the app with the handlers then completes them. With upload ids it looks for these
alone, even if they are not overdue.

  --dry-run                 changes nothing, and shows what a run would do
  --limit <number>          the most uploads of each kind, 1 to 1,000,000. Default: OSS_RECONCILIATION_MAX_PER_RUN

${APP_HELP}`,
  async run(args, output = processOutput) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    const { 'dry-run': dryRun = false, json = false } = values;
    const limit = readWholeNumber('limit', values.limit);
    const uploadIds = positionals.length > 0 ? positionals : undefined;
    return withApp(values, async (app) => {
      writeProgress(dryRun ? 'looking for what is due' : 'looking for uploads');
      const report = await app
        .get(OssUploadReconciler)
        .run({ dryRun, ...given({ limit, uploadIds }) });
      if (json) writeJson(output, report);
      else write(report, output);
      return report.uploads.some(({ outcome }) => outcome === 'unavailable') ? 1 : 0;
    });
  },
};

function write(
  { uploads, dryRun, closedTickets, limitReached }: ReconciliationReport,
  output: CliOutput,
) {
  if (uploads.length > 0) {
    writeRows(
      output,
      ['ID', 'OUTCOME', 'OBJECT', 'REASON'],
      uploads.map(({ uploadId, outcome, object, reason = '' }) => [
        uploadId,
        outcome,
        object,
        reason,
      ]),
    );
  }
  const closed = dryRun ? '' : `; tickets closed: ${closedTickets}`;
  output.write(
    `Uploads that ${dryRun ? 'a run would look at' : 'the run looked at'}: ${uploads.length}${closed}\n`,
  );
  if (limitReached) output.write('More may be due: run it again, or set --limit.\n');
}
