#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { CliProblem } from './cli-command.js';
import { commands } from './commands.js';

const [name = '--help', ...args] = process.argv.slice(2);
if (name === '--help' || name === '-h') process.stdout.write(help());
else if (name === '--version' || name === '-v') console.log(version());
else process.exitCode = await run();

async function run(): Promise<number> {
  const entry = commands.find((command) => command.name === name);
  if (!entry) return refuse(`There is no command "${name}".`, 'oss-callback --help');
  const command = await entry.load();
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (!isProblem(error)) throw error;
    return refuse(error.message, `oss-callback ${name} --help`);
  }
}

/** `parseArgs` of Node has errors of its own. */
function isProblem(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof CliProblem || code.startsWith('ERR_PARSE_ARGS_');
}

function refuse(problem: string, advice: string): number {
  console.error(`${problem}\nTry: ${advice}`);
  return 2;
}

function help(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map(({ name: each, summary }) => `  ${each.padEnd(width)}  ${summary}`);
  return `oss-callback: tools for upload callbacks of Alibaba Cloud OSS

Usage: npx oss-callback <command> [options]

${lines.join('\n')}

  -h, --help     this text, or with a command its own
  -v, --version  the version
`;
}

function version(): string {
  // The package's manifest, from dist/src/cli.
  const manifest = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
