import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';

/**
 * The declaration files that the given ones lead to. A package named in one of them would have to
 * be installed by the app for its types, so only relative imports and `node:` modules may stand there.
 */
export function reachableDeclarations(entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) visit(declarationOf(resolve(dirname(file), fileName)));
      else if (!fileName.startsWith('node:')) {
        throw new Error(`${file} shows types of ${fileName}, which apps do not install`);
      }
    }
  };
  for (const entry of entries) visit(entry);
  return found;
}

function declarationOf(script: string): string {
  return script.replace(/\.js$/, '.d.ts');
}
