import { readFileSync } from 'node:fs';
import { type CliCommand, type CliOutput, CliProblem } from './cli-command.js';

interface CommandEntry {
  name: string;
  summary: string;
  /** Commands are loaded on use, since their imports differ. */
  load: () => Promise<CliCommand>;
}

/** The subcommands, in the order in which the help names them. */
const commands: readonly CommandEntry[] = [
  {
    name: 'doctor',
    summary: 'checks everything that callbacks depend on, and says how to fix what is wrong',
    load: async () => (await import('./doctor/doctor.command.js')).doctorCommand,
  },
  {
    name: 'verify',
    summary: 'verifies a captured callback offline, and explains why a signature is invalid',
    load: async () => (await import('./verify/verify.command.js')).verifyCommand,
  },
  {
    name: 'uploads',
    summary: 'lists upload records, shows one, retries abandoned ones',
    load: async () => (await import('./operate/uploads.command.js')).uploadsCommand,
  },
  {
    name: 'tickets',
    summary: 'lists tickets, and resolves ambiguous ones',
    load: async () => (await import('./operate/tickets.command.js')).ticketsCommand,
  },
  {
    name: 'reconcile',
    summary: 'looks once for uploads whose callback was lost',
    load: async () => (await import('./operate/reconcile.command.js')).reconcileCommand,
  },
];

/**
 * Runs `oss-callback` with the given command line.
 * @returns the exit code
 */
export async function runCli(
  [name = '--help', ...args]: readonly string[],
  output: CliOutput,
): Promise<number> {
  if (name === '--help' || name === '-h') {
    output.write(help());
    return 0;
  }
  if (name === '--version' || name === '-v') {
    output.write(`${version()}\n`);
    return 0;
  }
  const refuse = (problem: string, advice: string) => {
    output.writeError(`${problem}\nTry: ${advice}\n`);
    return 2;
  };
  const entry = commands.find((command) => command.name === name);
  if (!entry) return refuse(`There is no command "${name}".`, 'oss-callback --help');
  const command = await entry.load();
  if (args.includes('--help') || args.includes('-h')) {
    output.write(command.help);
    return 0;
  }
  try {
    return await command.run(args, output);
  } catch (error) {
    if (!isProblem(error)) throw error;
    return refuse(error.message, `oss-callback ${name} --help`);
  }
}

/** Includes the errors of Node's `parseArgs`. */
function isProblem(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof CliProblem || code.startsWith('ERR_PARSE_ARGS_');
}

function help(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map(({ name: each, summary }) => `  ${each.padEnd(width)}  ${summary}`);
  return `oss-callback: tools for upload callbacks of Alibaba Cloud OSS

Usage: npx oss-callback <command> [options]

${lines.join('\n')}

  -h, --help     prints this text, or the help of a command
  -v, --version  prints the version
`;
}

function version(): string {
  // The package's manifest, from dist/src/cli.
  const manifest = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
