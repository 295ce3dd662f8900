import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The code blocks of a document that have a file name: ```ts title="app.module.ts". */
export function readCodeBlocks(document: string): Map<string, string> {
  return codeBlocksOf(readDocument(document));
}

export function readDocument(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

export function codeBlocksOf(text: string): Map<string, string> {
  const blocks = text.matchAll(/^```ts title="([^"]+)"\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, title = '', code = '']) => [title, code]));
}

/**
 * Compiles files against the built package, under the name by which an app imports it.
 * @param folder below `dist`, where that name resolves
 * @returns what the compiler finds wrong
 */
export function compile(files: ReadonlyMap<string, string>, folder: string): string[] {
  const paths = [...files].map(([title, code]) => {
    const path = join(folder, title);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code);
    return path;
  });
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    rootDir: folder,
    outDir: folder,
    strict: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    types: ['node'],
  };
  const program = ts.createProgram(paths, options, hostFor(options, folder));
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  return problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const declarations = new Map<string, ts.SourceFile | undefined>();

/** Reads the declarations of Node, the libraries and the package once, for all documents. */
function hostFor(options: ts.CompilerOptions, folder: string): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) => {
    if (path.startsWith(folder)) return read(path, ...rest);
    if (!declarations.has(path)) declarations.set(path, read(path, ...rest));
    return declarations.get(path);
  };
  return host;
}
