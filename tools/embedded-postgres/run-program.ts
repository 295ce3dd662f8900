import { spawnSync } from 'node:child_process';
import type { ServerUser } from './server-user.js';

/** How a program of PostgreSQL ended; `output` is what it said, for the reader of an error. */
export interface ProgramResult {
  succeeded: boolean;
  output: string;
}

/** Runs one of PostgreSQL's programs to its end, as the server's user. */
export function runProgram(
  program: string,
  programArguments: readonly string[],
  options: { user?: ServerUser; workingDirectory: string },
): ProgramResult {
  const result = spawnSync(program, programArguments, {
    ...options.user,
    cwd: options.workingDirectory,
    env: serverEnvironment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  if (result.error) return { succeeded: false, output: result.error.message };
  return { succeeded: result.status === 0, output: result.stdout + result.stderr };
}

/**
 * Only what a program needs to run. PG* variables would change what the server does, NODE_OPTIONS
 * what its keeper does, and a locale that is not installed stops initdb.
 */
export function serverEnvironment(): Record<string, string> {
  const environment: Record<string, string> = { LC_ALL: 'C' };
  for (const name of ['PATH', 'Path', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'SYSTEMROOT']) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
