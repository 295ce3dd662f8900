import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmInstall } from './npm-install.js';

/** A Node to run apps with. */
export interface InstalledNode {
  wanted: string;
  path: string;
  version: string;
}

/** One, or why there is none. */
export type NodeVersion = InstalledNode | { wanted: string; problem: string };

/** The lowest that `engines` allows of each line, and the newest of it. */
const WANTED = ['20.19.0', '22.13.0', '22', '24.11.0', '24', '26'];

/** This process's own first, then the others, as the npm registry has them for this platform. */
export function findNodeVersions(cache: string): NodeVersion[] {
  const own = { wanted: 'this', path: process.execPath, version: process.versions.node };
  return [own, ...WANTED.map((wanted) => installNode(wanted, cache))];
}

function installNode(wanted: string, cache: string): NodeVersion {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(cache, `node-${wanted}`);
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(folder, 'node_modules', name, 'bin', file);
  try {
    if (!existsSync(path)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      npmInstall(folder, [`${name}@${wanted}`]);
    }
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    return { wanted, path, version };
  } catch (error) {
    return { wanted, problem: (error as Error).message.trim().split('\n')[0] ?? '' };
  }
}
