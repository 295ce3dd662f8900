import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeManifest } from './manifest.js';
import { npmInstall } from './npm-install.js';
import { hostFiles } from './host-files.js';
import type { ModuleSystem } from './versions.js';

/** As `nest new` writes it. */
const COMPILER_OPTIONS = {
  target: 'ES2023',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  rootDir: '.',
  outDir: 'dist',
  strict: true,
  strictPropertyInitialization: false,
  esModuleInterop: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
};

/** Installs the tarball and the versions, as an app's author would. */
export function installPackages(
  folder: string,
  tarball: string,
  packages: Record<string, string>,
  modules?: ModuleSystem,
): void {
  writeManifest(folder, packages, modules);
  npmInstall(folder, [tarball]);
}

/** Version of an installed package. */
export function installedVersion(folder: string, name: string): string {
  const path = join(folder, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/**
 * Writes an app beside the installed packages and compiles it.
 * @returns its folder
 */
export function buildHost(root: string, folder: string, modules: ModuleSystem): string {
  const app = join(folder, modules);
  mkdirSync(app);
  const type = modules === 'ESM' ? 'module' : 'commonjs';
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type }));
  for (const [title, code] of hostFiles(root, modules)) writeFileSync(join(app, title), code);
  compile(folder, app, COMPILER_OPTIONS);
  // Apps of older generators resolve types as Node 10 did. TypeScript 6 has given that up.
  if (modules === 'CommonJS' && installedVersion(folder, 'typescript').startsWith('5.')) {
    compile(folder, app, {
      ...COMPILER_OPTIONS,
      module: 'commonjs',
      moduleResolution: 'node10',
      noEmit: true,
    });
  }
  return app;
}

function compile(folder: string, app: string, compilerOptions: Record<string, unknown>): void {
  const config = { compilerOptions, include: ['*.ts'] };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify(config, null, 2));
  const compiler = join(folder, 'node_modules/typescript/lib/tsc.js');
  try {
    execFileSync(process.execPath, [compiler, '-p', app], { encoding: 'utf8' });
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    throw new Error(
      `tsc (${String(compilerOptions.moduleResolution)}):\n${stdout ?? String(error)}`,
      {
        cause: error,
      },
    );
  }
}
