import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { clusterIn, type Home } from './homes.js';
import { exists, recordedServer, runningServer } from './processes.js';
import { runProgram } from './run-program.js';
import { canEnter, type ServerUser } from './server-user.js';
import { temporaryFolders } from './temporary-folders.js';

/** An initialised data directory, as the server is to be told of it. */
export interface Cluster {
  /** What `-D` gets. */
  dataDirectory: string;
  workingDirectory: string;
  password: string;
}

/** The file, in the cluster, that holds the password of the user `postgres`. */
const PASSWORD_FILE = 'embedded-postgres.password';

/** Opens the home's cluster, and makes it first where there is none. */
export function openCluster(home: Home, binaries: Binaries, user: ServerUser | undefined): Cluster {
  const directory = clusterIn(home);
  if (!existsSync(directory)) initialise(home, binaries, user);
  forgetDeadServer(directory);
  return { ...reach(directory, user), password: readPassword(directory) };
}

/**
 * How the server's user gets to a directory that is his own but may lie below a folder he cannot
 * enter, such as root's home. Linux lets a process use the directory it was started in all the
 * same, and by this name the data can stay where it was asked for.
 */
function reach(directory: string, user: ServerUser | undefined) {
  if (canEnter(directory, user)) return { dataDirectory: directory, workingDirectory: directory };
  if (process.platform === 'linux') {
    return { dataDirectory: '/proc/self/cwd', workingDirectory: directory };
  }
  throw EmbeddedPostgresError.because(
    `PostgreSQL does not run as root, and the user it would run as cannot enter ${directory}`,
  );
}

function initialise(home: Home, binaries: Binaries, user: ServerUser | undefined): void {
  sweepUnfinished(home);
  const unfinished = mkdtempSync(join(home.path, 'unfinished-'));
  const password = randomBytes(24).toString('base64url');
  const secrets = mkdtempSync(join(temporaryFolders(user)[0]!, 'nestjs-oss-callback-initdb-'));
  try {
    const passwordFile = join(secrets, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    giveTo(user, unfinished, secrets, passwordFile);

    const { dataDirectory, workingDirectory } = reach(unfinished, user);
    const result = runProgram(
      binaries.initdb,
      ['-D', dataDirectory, `--pwfile=${passwordFile}`, ...initdbOptions(home)],
      { user, workingDirectory },
    );
    if (!result.succeeded) throw EmbeddedPostgresError.failed('initdb', result.output);

    const kept = join(unfinished, PASSWORD_FILE);
    writeFileSync(kept, password, { mode: 0o600 });
    giveTo(user, kept);
    finish(unfinished, clusterIn(home));
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(secrets, { recursive: true, force: true });
  }
}

function initdbOptions(home: Home): string[] {
  return [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    // The password is long and random, so stretching it would only slow down every connection.
    '--set=scram_iterations=1',
    ...(home.throwAway ? ['--no-sync'] : []),
  ];
}

/** The cluster gets its name when it is complete; of two first starts at once, one wins. */
function finish(unfinished: string, directory: string): void {
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    if (!existsSync(join(directory, PASSWORD_FILE))) throw error;
  }
}

function sweepUnfinished(home: Home): void {
  const oldMs = 60_000;
  for (const name of readdirSync(home.path)) {
    const path = join(home.path, name);
    if (name.startsWith('unfinished-') && Date.now() - statSync(path).mtimeMs > oldMs) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

function giveTo(user: ServerUser | undefined, ...paths: string[]): void {
  if (!user) return;
  for (const path of paths) {
    try {
      chownSync(path, user.uid, user.gid);
    } catch (error) {
      throw EmbeddedPostgresError.because(
        `PostgreSQL does not run as root, and ${path} cannot be given to another user`,
        { cause: error },
      );
    }
  }
}

function readPassword(directory: string): string {
  try {
    if (process.platform !== 'win32') chmodSync(join(directory, PASSWORD_FILE), 0o600);
    return readFileSync(join(directory, PASSWORD_FILE), 'utf8');
  } catch (error) {
    throw EmbeddedPostgresError.because(
      `${directory} was not made by this launcher or belongs to another user`,
      { cause: error },
    );
  }
}

/**
 * After a crash, the process id in `postmaster.pid` may by now be another program's, in containers
 * even regularly. PostgreSQL would take that program for a server and not start.
 */
function forgetDeadServer(directory: string): void {
  const pid = recordedServer(directory);
  if (process.platform !== 'linux' || pid === undefined || !exists(pid)) return;
  if (runningServer(directory) === undefined) rmSync(join(directory, 'postmaster.pid'));
}
