import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the time of processes in these. */
const TICK_MS = 10;

interface ProcessTimes {
  id: number;
  parent: number;
  ownMs: number;
  /** Of its children that have ended. */
  endedChildrenMs: number;
}

export interface TreeUsage {
  cpuMs: number;
  /** Resident memory of all its processes together. */
  rssBytes: number;
}

/** What a process and all its descendants have used so far; nothing where the system has no `/proc`. */
export function usageOfTree(root: number): TreeUsage | undefined {
  const processes = readProcesses();
  const tree = processes.filter(({ id }) => id === root);
  if (tree.length === 0) return undefined;
  for (const parent of tree) {
    tree.push(...processes.filter((one) => one.parent === parent.id));
  }
  return {
    cpuMs: tree.reduce((sum, { ownMs, endedChildrenMs }) => sum + ownMs + endedChildrenMs, 0),
    rssBytes: tree.reduce((sum, { id }) => sum + rssOf(id), 0),
  };
}

function readProcesses(): ProcessTimes[] {
  let names;
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      if (stat === undefined) return [];
      // The name of the program, in parentheses, may hold anything.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ms = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * TICK_MS;
      const [, parent] = fields;
      return { id: Number(name), parent: Number(parent), ownMs: ms(11), endedChildrenMs: ms(13) };
    });
}

function rssOf(id: number): number {
  const [, kilobytes] = /^VmRSS:\s*(\d+) kB$/m.exec(read(`/proc/${id}/status`) ?? '') ?? [];
  return Number(kilobytes ?? 0) * 1_024;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it ended meanwhile
  }
}
