import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown, type OutputChunk } from 'rolldown';
import { reachableDeclarations } from './declarations.js';
import { packageFolderOf, thirdPartyLicenses } from './third-party-licenses.js';

// Puts the simulator's libraries into its build, so that an app which installs this package for its
// callbacks does not install a multipart parser and an image reader it never calls. What the
// simulator shares with the main entry (protocol/, common/) stays where it is.

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const simulator = join(root, 'dist/src/simulator');
const shared = ['protocol', 'common'].map((room) => join(root, 'dist/src', room) + sep);
const isShared = (path: string) => shared.some((room) => path.startsWith(room));
const entries = ['index.js', 'cli.js'].filter((name) => existsSync(join(simulator, name)));

const chunks = await bundle();
checkNothingElseIsIncluded(chunks);
replaceBuild(chunks);
writeFileSync(
  join(root, 'THIRD-PARTY-LICENSES.txt'),
  thirdPartyLicenses(chunks.flatMap((chunk) => Object.keys(chunk.modules))),
);

async function bundle(): Promise<OutputChunk[]> {
  const build = await rolldown({
    input: entries.map((name) => join(simulator, name)),
    platform: 'node',
    external: /^node:/,
    plugins: [
      {
        name: 'shared-rooms-stay-outside',
        resolveId(specifier, importer) {
          if (!specifier.startsWith('.') || importer === undefined) return null;
          const id = resolve(dirname(importer), specifier);
          return isShared(id) ? { id, external: true } : null;
        },
      },
    ],
    onLog: (_level, log) => {
      throw new Error(`bundling the simulator: ${log.message}`);
    },
  });
  const { output } = await build.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared-[hash].js',
    paths: (id) => (isShared(id) ? relativeToSimulator(id) : id),
  });
  return output.filter((file) => file.type === 'chunk');
}

function relativeToSimulator(path: string): string {
  return relative(simulator, path).split(sep).join('/');
}

/** A peer inside the bundle would be a second copy of what the app has. */
function checkNothingElseIsIncluded(chunks: readonly OutputChunk[]): void {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  for (const id of chunks.flatMap((chunk) => Object.keys(chunk.modules))) {
    const folder = packageFolderOf(id);
    const peer = Object.keys(peerDependencies).find((name) => folder?.endsWith(`/${name}`));
    if (peer) throw new Error(`the simulator must not import ${peer}: it runs without an app`);
    if (!folder && !id.startsWith(simulator) && !id.startsWith('\0')) {
      throw new Error(`the simulator must not import ${relative(root, id)}`);
    }
  }
}

/** Only the entry points, what they share, and the declarations they need remain. */
function replaceBuild(chunks: readonly OutputChunk[]): void {
  const declarations = reachableDeclarations(
    entries.map((name) => join(simulator, name.replace(/js$/, 'd.ts'))),
  );
  for (const entry of readdirSync(simulator, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !declarations.has(path)) rmSync(path);
  }
  for (const chunk of chunks) writeFileSync(join(simulator, chunk.fileName), chunk.code);
}
