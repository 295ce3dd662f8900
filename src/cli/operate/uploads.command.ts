import type { INestApplicationContext } from '@nestjs/common';
import { parseArgs } from 'node:util';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { OssUploadAudit } from '../../records/oss-upload-audit.js';
import type { OssUploadRetry, RetryableStatus } from '../../records/queries/upload-retry.js';
import type { OssUploadFilter } from '../../records/queries/upload-filter.js';
import { type CliCommand, type CliOutput, CliProblem, processOutput } from '../cli-command.js';
import { APP_HELP, APP_OPTIONS, withApp } from './open-app.js';
import {
  given,
  readTime,
  readWholeNumber,
  writeJson,
  writePage,
  writeProgress,
  writeRows,
} from './rows.js';

const OPTIONS = {
  ...APP_OPTIONS,
  status: { type: 'string', multiple: true },
  owner: { type: 'string' },
  bucket: { type: 'string' },
  object: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  all: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof read>['values'];

/** Rows of one statement of a retry that shows its progress. */
const RETRIED_AT_ONCE = 10_000;

export const uploadsCommand: CliCommand = {
  help: `oss-callback uploads: lists upload records, shows one, and retries abandoned ones

Usage: npx oss-callback uploads list [filter] [--limit <number>] [--cursor <text>]
       npx oss-callback uploads show <upload id>
       npx oss-callback uploads retry <upload id>…
       npx oss-callback uploads retry [filter | --all]

  list   the latest first, 50 or --limit of them (1 to 1,000)
  show   the status of an upload, and its record
  retry  starts the attempts of abandoned uploads over; a process of the app with the handlers resumes them in its next
         reconciliation run. With --status failed, failed uploads are retried without waiting for their pause

Filter, all of which must match:
  --status <status>         received, completed, failed, abandoned or rejected; can be repeated.
                            Of retry: abandoned (the default) or failed
  --owner <text>
  --bucket <name>           OSS's name
  --object <key>
  --from <time>             received at this time or later, such as 2026-01-31 or 2026-01-31T12:00:00Z
  --to <time>               received before this time

${APP_HELP}`,
  async run(args, output = processOutput) {
    const { values, positionals } = read(args);
    const [action, ...ids] = positionals;
    if (action === 'list' && ids.length === 0) {
      return withApp(values, (app) => list(app.get(OssUploadAudit), values, output));
    }
    if (action === 'show' && ids.length === 1) {
      return withApp(values, (app) => show(app.get(OssUploadAudit), ids[0]!, values, output));
    }
    if (action === 'retry') {
      const retry = readRetry(ids, values);
      return withApp(values, (app) => retryAll(app, retry, values, output));
    }
    throw new CliProblem('Write list, show <upload id>, or retry with ids, a filter or --all.');
  },
};

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}

function readFilter({ owner, bucket, object, from, to }: Values): Omit<OssUploadFilter, 'status'> {
  const times = { from: readTime('from', from), to: readTime('to', to) };
  return given({ owner, bucket, object, ...times });
}

/** A retry that lost its ids must not mean all. */
function readRetry(ids: readonly string[], values: Values): OssUploadRetry {
  const filter = readFilter(values);
  const { status, all = false } = values;
  const chosen = [ids.length > 0, Object.keys(filter).length > 0, all].filter(Boolean).length;
  if (chosen !== 1) {
    throw new CliProblem('Name the uploads to retry: by their ids, by a filter, or with --all.');
  }
  const statuses = status as RetryableStatus[] | undefined;
  return { ...filter, ...given({ status: statuses }), ...(ids.length > 0 ? { ids } : {}) };
}

async function list(audit: OssUploadAudit, values: Values, output: CliOutput): Promise<number> {
  const { status, cursor, json } = values;
  const page = await audit.find({
    ...readFilter(values),
    ...given({ status: status as OssUpload['status'][] | undefined }),
    ...given({ cursor, limit: readWholeNumber('limit', values.limit) }),
  });
  writePage(
    output,
    page,
    json,
    ['ID', 'STATUS', 'RECEIVED', 'OWNER', 'OBJECT', 'REASON'],
    page.uploads.map(({ id, status: state, receivedAt, owner, object, lastError }) => [
      id,
      state,
      receivedAt.toISOString(),
      owner ?? '',
      object,
      lastError ?? '',
    ]),
  );
  return 0;
}

async function show(
  audit: OssUploadAudit,
  id: string,
  { json }: Values,
  output: CliOutput,
): Promise<number> {
  const report = await audit.status(id);
  const facts = { uploadId: report.uploadId, status: report.status, owner: report.owner };
  if (json) writeJson(output, report);
  else {
    const entries = Object.entries(report.upload ?? facts).filter(([, value]) => value !== null);
    writeRows(
      output,
      ['FIELD', 'VALUE'],
      entries.map(([name, value]) => [name, textOf(value)]),
    );
  }
  return report.status === 'unknown' ? 1 : 0;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

async function retryAll(
  app: INestApplicationContext,
  retry: OssUploadRetry,
  { json, limit }: Values,
  output: CliOutput,
): Promise<number> {
  const audit = app.get(OssUploadAudit);
  const atMost = readWholeNumber('limit', limit) ?? Infinity;
  const total = { retried: 0, refused: 0 };
  for (;;) {
    const left = Math.min(RETRIED_AT_ONCE, atMost - total.retried);
    const { retried, refused } = await audit.retry({ ...retry, limit: left });
    total.retried += retried;
    total.refused += refused;
    if (retried < left || total.retried >= atMost) break;
    writeProgress(`${total.retried} uploads so far`);
  }
  if (json) writeJson(output, total);
  else {
    output.write(
      `Uploads that the next reconciliation run resumes: ${total.retried}${total.refused > 0 ? `; the database refused to change ${total.refused}` : ''}\n`,
    );
  }
  return total.refused > 0 ? 1 : 0;
}
