import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Process ids are reused, so a process counts only if its command line also names `text`. */
export function isRunning(pid: number, text: string): boolean {
  return exists(pid) && commandLine(pid).includes(text);
}

/** The process id of the server that runs on a cluster, if one does. */
export function runningServer(clusterDirectory: string): number | undefined {
  const pid = recordedServer(clusterDirectory);
  return pid !== undefined && servesCluster(pid, clusterDirectory) ? pid : undefined;
}

/** The process id in the cluster's `postmaster.pid`, be it running or not. */
export function recordedServer(clusterDirectory: string): number | undefined {
  try {
    const [pid] = readFileSync(join(clusterDirectory, 'postmaster.pid'), 'utf8').split('\n');
    return Number(pid) || undefined;
  } catch {
    return undefined; // shut down in order, or never started
  }
}

/** Whether any process has this id, of any user. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Names the space in which process ids mean something: containers may share a folder, not these. */
export function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

function servesCluster(pid: number, clusterDirectory: string): boolean {
  if (!exists(pid)) return false;
  if (process.platform === 'win32') return true;
  if (process.platform !== 'linux') return commandLine(pid).includes(clusterDirectory);
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(clusterDirectory);
  } catch {
    return commandLine(pid).includes('postgres'); // another user's process
  }
}

function commandLine(pid: number): string {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  }
  if (process.platform === 'win32') return '';
  return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
}
