import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kilobytes, megabytes, type PackageFigures } from './figures.js';

/** A figure in a document is true as long as it is not further off. */
const TOLERANCE = 0.2;

/** What the documents say about the package's size and dependencies. */
export function checkFigures(root: string, figures: PackageFigures): string[] {
  const { packedBytes, unpackedBytes, dependencies } = figures;
  const truth = `${kilobytes(packedBytes)} … ${megabytes(unpackedBytes)}`;
  const problems = ['README.md', 'README.zh-CN.md'].flatMap((document) => {
    const [, packed, unpacked] =
      /\b(\d+) kB\b[^\n]*?\b(\d+\.\d) MB\b/.exec(readFileSync(join(root, document), 'utf8')) ?? [];
    const isTrue =
      isNear(Number(packed) * 1000, packedBytes) &&
      isNear(Number(unpacked) * 1_000_000, unpackedBytes);
    return isTrue ? [] : [`${document} must give the package's size as ${truth}`];
  });
  return dependencies === 0
    ? problems
    : [...problems, `${dependencies} dependencies, and the READMEs say that there are none`];
}

function isNear(claim: number, truth: number): boolean {
  return Math.abs(claim - truth) <= truth * TOLERANCE; // not so for NaN
}
