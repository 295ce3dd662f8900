import type { CliOutput } from '../cli-command.js';
import { CliProblem } from '../cli-command.js';
import { visible } from '../../common/log-text.js';

/** A line for each row, its cells under each other. */
export function writeRows(
  output: CliOutput,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [head, ...rows.map((row) => row.map((cell) => visible(cell)))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines) {
    const cells = line.map((cell, column) => cell.padEnd(widths[column]!));
    output.write(`${cells.join('  ').trimEnd()}\n`);
  }
}

/** A page of a list, and how to get the next one. */
export function writePage(
  output: CliOutput,
  page: { nextCursor: string | null },
  asJson: boolean | undefined,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  if (asJson) {
    writeJson(output, page);
    return;
  }
  writeRows(output, head, rows);
  if (page.nextCursor !== null) output.write(`More: --cursor ${page.nextCursor}\n`);
}

export function writeJson(output: CliOutput, value: unknown): void {
  output.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** For what takes long; nothing where a program reads. */
export function writeProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`… ${text}\n`);
}

/** @throws CliProblem */
export function readTime(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isFinite(time.getTime())) return time;
  throw new CliProblem(
    `--${option} is "${text}". Write a time such as 2026-01-31 or 2026-01-31T12:00:00Z.`,
  );
}

/** @throws CliProblem */
export function readWholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CliProblem(`--${option} is "${text}". Write a whole number.`);
}

/** Only what is given: a filter that is there without a value is a mistake to the audit. */
export function given<T extends object>(values: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as never;
}
