import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

// Writes a CommonJS twin of what tests import, into dist/cjs: Jest cannot `require()` an ES module, except on Node 24.
// Node itself never loads it: it resolves the condition `module-sync` to the ES modules, so that an app has one copy of
// each class, however it imports the package.

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const commonJs = join(root, 'dist/cjs');

rmSync(commonJs, { recursive: true, force: true });
await bundle('node', ['index', 'simulator/index', 'testing/index']);
// One file, that a mini-program which cannot resolve packages has a copy of.
await bundle('browser', ['client/index']);
// Beside it, so that both have the same classes.
await bundle('browser', ['client/uppy/index'], '../index.js');
writeFileSync(join(commonJs, 'package.json'), '{ "type": "commonjs" }\n');
for (const folder of ['src', 'migrations']) copyDeclarations(folder);

async function bundle(
  platform: 'node' | 'browser',
  entries: string[],
  beside?: string,
): Promise<void> {
  const build = await rolldown({
    input: Object.fromEntries(
      entries.map((entry) => [`src/${entry}`, join(root, `dist/src/${entry}.js`)]),
    ),
    platform,
    makeAbsoluteExternalsRelative: false,
    external: (specifier) => specifier === beside || /^[^./]/.test(specifier),
    onLog: (_level, log) => {
      throw new Error(`bundling for CommonJS: ${log.message}`);
    },
  });
  await build.write({
    dir: commonJs,
    format: 'cjs',
    chunkFileNames: 'shared-[hash].js',
    // Without a flag of Node's, Jest cannot `import()` either.
    dynamicImportInCjs: false,
  });
}

/** The same declarations once more: the compiler takes those of an ES module to be of no use to `require()`. */
function copyDeclarations(folder: string): void {
  cpSync(join(root, 'dist', folder), join(commonJs, folder), {
    recursive: true,
    filter: (path) => !/[/\\]cli$/.test(path) && !path.endsWith('.js'),
  });
}
