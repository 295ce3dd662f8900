import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import type { HostDatabases } from './host-databases.js';
import { mainFiles } from './host-files.js';
import type { InstalledNode } from './node-versions.js';
import type { Project } from './projects.js';
import { type HostRun, runHost } from './run-host.js';

/** A project whose packages are installed and that is built by `nest build`, and what its tools need. */
export interface Workshop {
  root: string;
  folder: string;
  tarball: string;
  project: Project;
  /** The versions of the project's packages. */
  packages: Record<string, string>;
  nodes: readonly InstalledNode[];
  databases: HostDatabases;
  /** Where package managers are kept between runs. */
  cache: string;
  /** Runs one step and prints one line on it. */
  step(what: string, work: () => unknown): Promise<boolean>;
}

/** What `nest build` made. */
export function builtFolder({ folder }: Pick<Workshop, 'folder'>): string {
  return join(folder, 'built');
}

/**
 * Has an app do its work, on both platforms.
 * @param build makes a `main` of that name, and returns its path
 */
export async function runOnPlatforms(
  shop: Workshop,
  title: string,
  build: (main: string) => string,
  run: Partial<Omit<HostRun, 'program'>> & { hooks?: readonly string[] } = {},
): Promise<void> {
  const { hooks = [], ...more } = run;
  for (const [platform, file] of Object.entries(mainFiles)) {
    await shop.step(`${title}, ${platform}`, () => {
      const program = [...hooks, build(basename(file, '.ts'))];
      const client = join(builtFolder(shop), 'client.js');
      const host = { node: process.execPath, folder: shop.folder, client, ...more, program };
      return runHost(host, shop.databases);
    });
  }
}

/**
 * Runs a program of Node in a folder.
 * @throws Error with what it printed, if it fails
 */
export function runProgram(
  folder: string,
  program: readonly string[],
  { node = process.execPath, env = {} }: { node?: string; env?: NodeJS.ProcessEnv } = {},
): void {
  try {
    execFileSync(node, program, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_ENV: undefined, NO_COLOR: '1', CI: '1', ...env },
      stdio: 'pipe',
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Whether a version of Node comes before another. */
export function isBelow(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}
