import { visible } from '../../common/log-text.js';

export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** The result of one check, in the form that `--json` prints. */
export interface Check {
  /** Stable name, for example `dns` or `bucket.main.head`. */
  id: string;
  status: CheckStatus;
  /** What was found, with the relevant values. Never a secret. */
  message: string;
  /** What to do about it. Absent if the status is `ok`. */
  fix?: string;
}

/** A check without its name. */
export type Judgement = Omit<Check, 'id'>;

const LABELS: Readonly<Record<CheckStatus, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  skipped: 'skipped',
};
const WIDTH = Math.max(...Object.values(LABELS).map((label) => label.length));

export interface ReportOutput {
  write(text: string): void;
  /** For progress texts. Absent if the output is not a terminal. */
  progress?: (text: string) => void;
}

/** Collects the checks. Text is written as soon as a check is done, JSON at the end. */
export class DoctorReport {
  readonly checks: Check[] = [];

  /** @param secrets masked in every message */
  constructor(
    private readonly output: ReportOutput,
    private readonly format: 'text' | 'json',
    private readonly secrets: readonly string[],
  ) {}

  ok(id: string, message: string): void {
    this.add({ id, status: 'ok', message });
  }

  warning(id: string, message: string, fix: string): void {
    this.add({ id, status: 'warning', message, fix });
  }

  failed(id: string, message: string, fix: string): void {
    this.add({ id, status: 'failed', message, fix });
  }

  skipped(id: string, message: string, fix: string): void {
    this.add({ id, status: 'skipped', message, fix });
  }

  add(check: Check): void {
    const safe: Check = { ...check, message: this.safe(check.message) };
    if (check.fix !== undefined) safe.fix = this.safe(check.fix);
    this.checks.push(safe);
    if (this.format === 'text') this.output.write(writeCheck(safe));
  }

  /** @param text for example `looking up api.example.com` */
  progress(text: string): void {
    this.output.progress?.(this.safe(text));
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

function writeCheck({ id, status, message, fix }: Check): string {
  const indent = ' '.repeat(WIDTH + 2);
  const lines = [`${LABELS[status].padEnd(WIDTH)}  ${id}: ${message}`];
  if (fix !== undefined)
    lines.push(`${indent}${status === 'skipped' ? 'to run it' : 'to fix it'}: ${fix}`);
  return `${lines.join('\n')}\n`;
}

function summary(checks: readonly Check[]): string {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  const warnings = count('warning');
  return `\n${count('failed')} failed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('ok')} ok, ${count('skipped')} skipped\n`;
}
