import { visible } from '../../common/log-text.js';
import type { Check, CheckSink, CheckStatus } from './check.js';

const LABELS: Readonly<Record<CheckStatus, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  skipped: 'skipped',
};
const WIDTH = Math.max(...Object.values(LABELS).map((label) => label.length));

export interface ReportOutput {
  write(text: string): void;
  /** For what is told while a step takes long; absent where nobody looks. */
  progress?: (what: string) => void;
}

/** Collects the checks. As text each is written as soon as it is done; as JSON all of them at the end. */
export class DoctorReport implements CheckSink {
  readonly checks: Check[] = [];

  /** @param secrets do not get out, whatever check repeats them */
  constructor(
    private readonly output: ReportOutput,
    private readonly format: 'text' | 'json',
    private readonly secrets: readonly string[],
  ) {}

  add(check: Check): void {
    const safe: Check = { ...check, message: this.safe(check.message) };
    if (check.cure !== undefined) safe.cure = this.safe(check.cure);
    this.checks.push(safe);
    if (this.format === 'text') this.output.write(writeCheck(safe));
  }

  progress(what: string): void {
    this.output.progress?.(this.safe(what));
  }

  /** @returns whether nothing failed */
  end(): boolean {
    this.output.write(
      this.format === 'json' ? `${JSON.stringify(this.checks, null, 2)}\n` : summary(this.checks),
    );
    return this.checks.every(({ status }) => status !== 'failed');
  }

  private safe(text: string): string {
    let safe = text;
    for (const secret of this.secrets) safe = safe.replaceAll(secret, '(secret)');
    return visible(safe);
  }
}

function writeCheck({ id, status, message, cure }: Check): string {
  const indent = ' '.repeat(WIDTH + 2);
  const lines = [`${LABELS[status].padEnd(WIDTH)}  ${id}: ${message}`];
  if (cure !== undefined)
    lines.push(`${indent}${status === 'skipped' ? 'to see' : 'to mend'}: ${cure}`);
  return `${lines.join('\n')}\n`;
}

function summary(checks: readonly Check[]): string {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  const warnings = count('warning');
  return `\n${count('failed')} failed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('ok')} ok, ${count('skipped')} skipped\n`;
}
