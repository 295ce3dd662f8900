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
    name: 'doctor',
    summary: 'checks all that must fit together for callbacks to arrive, and says what to mend',
    load: async () => (await import('./doctor.command.js')).doctorCommand,
  },
  {
    name: 'verify',
    summary: 'verifies a captured callback offline, and says why where its signature fails',
    load: async () => (await import('./verify.command.js')).verifyCommand,
  },
];
