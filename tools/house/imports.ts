import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** One import of one file: `import`, `export … from`, `import()`, with or without `type`. */
export interface Import {
  /** Path within the repository, with `/`. */
  file: string;
  /** As written. */
  specifier: string;
  /** The imported file within the repository; absent for packages and `node:` modules. */
  target?: string;
}

/** All imports of the TypeScript files below the given folders, specs left out. */
export function readImports(root: string, folders: readonly string[]): Import[] {
  return folders
    .flatMap((folder) => sourceFiles(join(root, folder)))
    .flatMap((path) =>
      importsOf(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')),
    );
}

/** The imports of one file, found by the compiler's own scanner. */
export function importsOf(file: string, text: string): Import[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName: specifier }) => {
    if (!specifier.startsWith('.')) return { file, specifier };
    const target = posix.join(dirname(file), specifier).replace(/\.js$/, '.ts');
    return { file, specifier, target };
  });
}

function sourceFiles(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch {
    return []; // a room that is not there yet
  }
  return entries
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
    .filter((entry) => !/\.(spec|d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
