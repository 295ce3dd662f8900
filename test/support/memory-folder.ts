import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of Linux whose files are in memory. */
const IN_MEMORY = '/dev/shm';
const PREFIX = 'nestjs-oss-callback-tests-';
/** Many times what the tests need. Containers often have 64 MB, and then use the disk. */
const LEAST_FREE_BYTES = 4 * 1024 ** 3;
const OLD_MS = 3_600_000;

/**
 * Has this process and those that it starts keep their temporary files in memory, where there is room for them: each
 * test database is 300 small files, made and removed again, and file systems take their time over that. Returns what
 * removes them.
 */
export function keepTemporaryFilesInMemory(): () => void {
  if (process.env.TMPDIR || !hasRoom()) return () => undefined;
  sweep();
  const folder = mkdtempSync(join(IN_MEMORY, `${PREFIX}${process.pid}-`));
  chmodSync(folder, 0o711); // PostgreSQL may run as another user
  process.env.TMPDIR = folder;
  return () => {
    delete process.env.TMPDIR;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

function hasRoom(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return Math.min(bavail * bsize, process.availableMemory()) >= LEAST_FREE_BYTES;
  } catch {
    return false; // there is none, or it cannot be read
  }
}

/** Removes what runs left behind that were killed. */
function sweep(): void {
  for (const name of readdirSync(IN_MEMORY)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : NaN;
    const path = join(IN_MEMORY, name);
    try {
      if (pid > 0 && !isRunning(pid) && Date.now() - statSync(path).mtimeMs > OLD_MS) {
        rmSync(path, { recursive: true, force: true });
      }
    } catch {
      // Another run sweeps too, or it belongs to another user.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
