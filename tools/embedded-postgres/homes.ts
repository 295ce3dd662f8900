import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { isRunning, processSpace, runningServer } from './processes.js';
import type { ServerUser } from './server-user.js';
import { temporaryFolders } from './temporary-folders.js';

/** The folder of one embedded PostgreSQL: its cluster, its log, and the record of its keeper. */
export interface Home {
  path: string;
  throwAway: boolean;
}

const THROW_AWAY_PREFIX = 'nestjs-oss-callback-postgres-';
const STOP_TIMEOUT_MS = 15_000;
const STARTING_MS = 60_000;

/** Where PostgreSQL's own data directory lies within a home. */
export function clusterIn(home: Home): string {
  return join(home.path, 'data');
}

/** The folder that keeps its data between starts. Refused while another server runs on it. */
export async function openKeptHome(dataDirectory: string): Promise<Home> {
  const home: Home = { path: resolve(dataDirectory), throwAway: false };
  mkdirSync(home.path, { recursive: true });
  const pid = runningServer(clusterIn(home));
  if (pid !== undefined) {
    if (keeperRuns(home.path)) throw EmbeddedPostgresError.inUse(home.path, pid);
    await stopOrphan(home, pid);
  }
  return home;
}

/** A new folder that is removed when its server stops. */
export function createThrowAwayHome(user: ServerUser | undefined): Home {
  const [folder] = temporaryFolders(user);
  if (!folder) throw EmbeddedPostgresError.because('there is no folder for temporary files');
  const path = mkdtempSync(join(folder, THROW_AWAY_PREFIX));
  if (user) chmodSync(path, 0o711); // the server must get through to its data
  return { path, throwAway: true };
}

/** Removes what earlier runs left behind when they were killed together with their keeper. */
export async function sweepThrowAwayHomes(user: ServerUser | undefined): Promise<void> {
  for (const folder of temporaryFolders(user)) {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(THROW_AWAY_PREFIX)) continue;
      const path = join(folder, name);
      try {
        if (!isAbandoned(path)) continue;
        const home = { path, throwAway: true };
        const pid = runningServer(clusterIn(home));
        if (pid !== undefined) await stopOrphan(home, pid);
        rmSync(path, { recursive: true, force: true });
      } catch {
        // Another start may be sweeping too, and a folder left over does no harm.
      }
    }
  }
}

function isAbandoned(path: string): boolean {
  const found = statSync(path);
  if (process.getuid && found.uid !== process.getuid()) return false;
  const keeper = readKeeper(path);
  if (!keeper) return Date.now() - found.mtimeMs > STARTING_MS;
  return keeper.processSpace === processSpace() && !isRunning(keeper.pid, path);
}

function keeperRuns(path: string): boolean {
  const keeper = readKeeper(path);
  return keeper !== undefined && isRunning(keeper.pid, path);
}

function readKeeper(path: string): { pid: number; processSpace: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(path, 'keeper.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** A server whose keeper was killed has no clients left: they knew the keeper's parent. */
async function stopOrphan(home: Home, pid: number): Promise<void> {
  try {
    process.kill(pid, home.throwAway ? 'SIGQUIT' : 'SIGINT');
  } catch {
    throw EmbeddedPostgresError.inUse(home.path, pid); // it belongs to another user
  }
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (runningServer(clusterIn(home)) === pid) {
    if (Date.now() > deadline) throw EmbeddedPostgresError.inUse(home.path, pid);
    await new Promise((done) => setTimeout(done, 20));
  }
}
