import { execFileSync } from 'node:child_process';
import { statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';

/** The account the server runs under, where that is not our own. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. For root, it therefore runs as the owner of the data, if there is
 * any, else as `postgres`, else as `nobody`. Other users run it themselves: `undefined`.
 */
export function chooseServerUser(clusterDirectory?: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;

  const owner = clusterDirectory && statSync(clusterDirectory, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };

  const user = lookUp('postgres') ?? lookUp('nobody');
  if (!user) {
    throw EmbeddedPostgresError.because(
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as',
    );
  }
  return user;
}

/** Whether the user can enter the directory and every folder above it. */
export function canEnter(directory: string, user: ServerUser | undefined): boolean {
  if (!user) return true;
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (!mayEnter(statSync(folder), user)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function mayEnter(folder: Stats, user: ServerUser): boolean {
  const execute = 0o1;
  if (folder.uid === user.uid) return (folder.mode & (execute << 6)) !== 0;
  if (folder.gid === user.gid) return (folder.mode & (execute << 3)) !== 0;
  return (folder.mode & execute) !== 0;
}

function lookUp(name: string): ServerUser | undefined {
  const ask = (flag: string) =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined; // no such user
  }
}
