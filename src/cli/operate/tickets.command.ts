import { parseArgs } from 'node:util';
import { OssCallbackError } from '../../common/errors.js';
import type { OssUploadTicketStatus } from '../../database/oss-upload-ticket.entity.js';
import { OssUploadAudit } from '../../records/oss-upload-audit.js';
import type { UploadState } from '../../records/queries/upload-status.js';
import { TICKET_DECISIONS, type TicketDecision } from '../../records/ticket-decision.js';
import { type CliCommand, type CliOutput, CliProblem, processOutput } from '../cli-command.js';
import { APP_HELP, APP_OPTIONS, withApp } from './open-app.js';
import { given, readWholeNumber, writeJson, writePage, writeRows } from './rows.js';

const OPTIONS = {
  ...APP_OPTIONS,
  status: { type: 'string' },
  owner: { type: 'string' },
  bucket: { type: 'string' },
  object: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  as: { type: 'string' },
} as const;

type Values = ReturnType<typeof read>['values'];

export const ticketsCommand: CliCommand = {
  help: `oss-callback tickets: lists tickets, and resolves those that the reconciliation could not

Usage: npx oss-callback tickets list [--status <status>] [filter] [--limit <number>] [--cursor <text>]
       npx oss-callback tickets resolve <upload id>… --as accept|dismiss|look-again

  list     tickets that are ambiguous, or have another --status: open, completed, expired, unresolved
  resolve  accept: the object came from this upload; it is recorded, and a process of the app that has the handlers
             completes it in its next reconciliation
           dismiss: it did not; the ticket becomes expired
           look-again: the next reconciliation run looks in the bucket again, also for unresolved tickets

Filter: --owner <text>, --bucket <OSS's name>, --object <key>

${APP_HELP}`,
  async run(args, output = processOutput) {
    const { values, positionals } = read(args);
    const [action, ...ids] = positionals;
    if (action === 'list' && ids.length === 0) {
      return withApp(values, (app) => list(app.get(OssUploadAudit), values, output));
    }
    if (action === 'resolve' && ids.length > 0) {
      const decision = TICKET_DECISIONS.find((each) => each === values.as);
      if (!decision) throw new CliProblem(`Write --as ${TICKET_DECISIONS.join(', or --as ')}.`);
      return withApp(values, (app) =>
        resolve(app.get(OssUploadAudit), ids, decision, values, output),
      );
    }
    throw new CliProblem('Write list, or resolve <upload id> --as accept.');
  },
};

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}

async function list(audit: OssUploadAudit, values: Values, output: CliOutput): Promise<number> {
  const { status, owner, bucket, object, cursor, json } = values;
  const limit = readWholeNumber('limit', values.limit);
  const page = await audit.tickets(
    given({
      status: status as OssUploadTicketStatus | undefined,
      owner,
      bucket,
      object,
      cursor,
      limit,
    }),
  );
  writePage(
    output,
    page,
    json,
    ['ID', 'STATUS', 'EXPIRES', 'OWNER', 'BUCKET', 'OBJECT'],
    page.tickets.map((ticket) => [
      ticket.id,
      ticket.status,
      ticket.expiresAt.toISOString(),
      ticket.owner ?? '',
      ticket.bucket,
      ticket.object,
    ]),
  );
  return 0;
}

interface Resolved {
  ticketId: string;
  /** The upload's status now; absent if the decision could not be carried out. */
  status?: UploadState;
  problem?: string;
}

async function resolve(
  audit: OssUploadAudit,
  ids: readonly string[],
  decision: TicketDecision,
  { json }: Values,
  output: CliOutput,
): Promise<number> {
  const resolved: Resolved[] = [];
  for (const ticketId of ids) resolved.push(await resolveOne(audit, ticketId, decision));
  if (json) writeJson(output, resolved);
  else {
    writeRows(
      output,
      ['ID', 'UPLOAD', 'PROBLEM'],
      resolved.map(({ ticketId, status = '', problem = '' }) => [ticketId, status, problem]),
    );
  }
  return resolved.some(({ problem }) => problem !== undefined) ? 1 : 0;
}

/** One that cannot be resolved must not keep the others from it. */
async function resolveOne(
  audit: OssUploadAudit,
  ticketId: string,
  decision: TicketDecision,
): Promise<Resolved> {
  try {
    const { status } = await audit.resolve(ticketId, decision);
    return { ticketId, status };
  } catch (error) {
    if (!(error instanceof OssCallbackError)) throw error;
    return { ticketId, problem: `${error.code}: ${error.message}` };
  }
}
