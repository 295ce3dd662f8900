import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One row of a table, by the place of its column. */
export interface TableRow {
  /** What stands in backticks in the first cell. */
  name: string;
  /** All cells, as Markdown. */
  cells: string[];
}

/** A document of the repository, as text. */
export function readDocument(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

/** The rows of a document's tables that begin with a name in backticks, in their order. */
export function tableRows(text: string): TableRow[] {
  return [...text.matchAll(/^\| `([^`]+)` +\|.*\|$/gm)].map(([line, name = '']) => ({
    name,
    cells: line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  }));
}

/** What stands in backticks first. */
export function codeOf(cell: string): string | undefined {
  return /`([^`]+)`/.exec(cell)?.[1];
}

/** The part of a document between two headings of the second level. */
export function section(text: string, index: number): string {
  return text.split(/^## /m)[index] ?? '';
}
