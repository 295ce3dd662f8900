import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { canEnter, type ServerUser } from './server-user.js';

/** Folders for temporary files which the server's user can enter, best first. */
export function temporaryFolders(user: ServerUser | undefined): string[] {
  const folders = process.platform === 'win32' ? [tmpdir()] : [tmpdir(), '/var/tmp', '/tmp'];
  return [...new Set(folders)].filter(
    (folder) =>
      statSync(folder, { throwIfNoEntry: false })?.isDirectory() && canEnter(folder, user),
  );
}
