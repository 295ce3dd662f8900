import type { CliCommand } from './cli-command.js';

interface CommandEntry {
  name: string;
  summary: string;
  /** Loads a command when it is called: each has imports of its own. */
  load: () => Promise<CliCommand>;
}

/** The subcommands, in the order in which the help names them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'verify',
    summary: 'verifies a captured callback offline, and says why where its signature fails',
    load: async () => (await import('./verify.command.js')).verifyCommand,
  },
];
