import { spawn } from 'node:child_process';

/** A program that runs until it is stopped. */
export interface Program {
  /** Resolves as soon as the output matches; rejects with the output where the program ends before, or says nothing. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  output(): string;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** Starts a program under the given Node. */
export function startProgram(
  node: string,
  program: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Program {
  const child = spawn(node, program, {
    env: { ...process.env, NODE_ENV: undefined, NO_COLOR: '1', ...env },
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
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    output: () => output,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    waitFor: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = () => reject(new Error(`${program.join(' ')} without ${pattern}:\n${output}`));
        const timer = setTimeout(fail, PATIENCE_MS);
        const look = () => {
          const match = pattern.exec(output);
          if (!match) return;
          clearTimeout(timer);
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        void ended.then(() => {
          clearTimeout(timer);
          fail();
        });
        look();
      }),
  };
}
