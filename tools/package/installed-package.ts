import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contract } from './contract.js';

/** The parts of a package.json that the checks read. */
export interface Manifest {
  name: string;
  exports: Record<string, unknown>;
  bin?: Record<string, string>;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** Packs the package and returns the tarball's path. */
export function packPackage(root: string, destination: string): string {
  const output = npm(root, [
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    destination,
  ]);
  const [packed] = JSON.parse(output) as { filename: string }[];
  return join(destination, packed!.filename);
}

/**
 * Installs the tarball in an empty app and returns the installed folder. Its dependencies and
 * required peers are links into the repository, so no network is needed; optional peers are left
 * out, since the package has to work without them, but for those that a door of its own is about.
 */
export function installPackage(order: {
  root: string;
  manifest: Manifest;
  tarball: string;
  app: string;
}): string {
  const { root, manifest, tarball, app } = order;
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const modules = join(app, 'node_modules');
  const installed = join(modules, manifest.name);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);

  const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
    (name) => !manifest.peerDependenciesMeta?.[name]?.optional,
  );
  const doorPeers = Object.values(contract).flatMap((door) => ('peers' in door ? door.peers : []));
  for (const name of [...Object.keys(manifest.dependencies ?? {}), ...peers, ...doorPeers]) {
    const link = join(modules, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'junction');
  }
  return installed;
}

function npm(folder: string, npmArguments: readonly string[]): string {
  // On Windows npm is a command script, which only a shell can run.
  return execFileSync('npm', npmArguments, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
