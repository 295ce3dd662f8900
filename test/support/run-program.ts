import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface RunningProgram {
  /** Everything printed so far, both streams. */
  output(): string;
  /** Resolves with the match as soon as the output has it; rejects where the program ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  exited: Promise<number | null>;
}

/** Runs a built program of the repository, in a folder and environment of its own. */
export function runProgram(
  file: string,
  args: string[] = [],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; nodeArgs?: string[] } = {},
): RunningProgram {
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), `${root}${file}`, ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, NODE_ENV: undefined, DATABASE_URL: undefined, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    output: () => output,
    exited,
    signal: (name) => child.kill(name),
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match) {
            listeners.delete(look);
            resolve(match);
          }
        };
        listeners.add(look);
        void exited.then(() => reject(new Error(`It ended without ${pattern}:\n${output}`)));
        look();
      }),
  };
}
