import type { DataSource, Logger } from 'typeorm';
import { OssUploadAudit } from '../../src/records/oss-upload-audit.js';
import type { AuditQuestion } from './audit-questions.js';

/** What PostgreSQL did to answer a question. */
export interface PlanReport {
  /** Pages of tables and indexes that it looked at, from memory or disk. */
  pages: number;
  rows: number;
  /** How it found the rows, for example `Index Scan oss_uploads_pkey`, each once. */
  scans: string[];
}

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  'Actual Rows': number;
  Plans?: PlanNode[];
}

/** Asks, and has PostgreSQL explain the very statement that was sent. */
export async function readPlan(
  dataSource: DataSource,
  question: AuditQuestion,
): Promise<PlanReport> {
  const sent: { query: string; parameters: unknown[] }[] = [];
  const { logger } = dataSource;
  dataSource.logger = recordingLogger(sent);
  try {
    await question.ask(new OssUploadAudit(dataSource, { carryOut: () => Promise.resolve() }));
  } finally {
    dataSource.logger = logger;
  }
  const [statement, ...others] = sent;
  if (!statement || others.length > 0) {
    throw new Error(`"${question.name}" took ${sent.length} statements, expected one`);
  }
  const [answer] = (await dataSource.query(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement.query}`,
    statement.parameters,
  )) as { 'QUERY PLAN': { Plan: PlanNode }[] }[];
  const plan = answer!['QUERY PLAN'][0]!.Plan;
  const scans = nodesOf(plan).filter((node) => node['Node Type'].includes('Scan'));
  return {
    pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    rows: plan['Actual Rows'],
    scans: [...new Set(scans.map(describe))].filter((scan) => scan !== 'Subquery Scan '),
  };
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

function describe(node: PlanNode): string {
  return `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name'] ?? ''}`;
}

function recordingLogger(sent: { query: string; parameters: unknown[] }[]): Logger {
  return {
    logQuery: (query, parameters) => {
      sent.push({ query, parameters: (parameters ?? []) as unknown[] });
    },
    logQueryError: () => {},
    logQuerySlow: () => {},
    logSchemaBuild: () => {},
    logMigration: () => {},
    log: () => {},
  };
}
