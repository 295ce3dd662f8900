import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { messageOf } from '../common/error-text.js';
import { CliProblem } from './cli-command.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of a file, over which those of the process take precedence.
 * @throws CliProblem if the file cannot be read
 */
export async function readEnvironment(file: string | undefined): Promise<Environment> {
  if (file === undefined) return process.env;
  try {
    return { ...parseEnv(await readFile(file, 'utf8')), ...process.env };
  } catch (error) {
    throw new CliProblem(`${file} cannot be read: ${messageOf(error)}.`);
  }
}
