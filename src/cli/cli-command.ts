/** One subcommand of `oss-callback`. */
export interface CliCommand {
  /** The text of `oss-callback <name> --help`. */
  help: string;
  /**
   * @param args what follows the command's name
   * @returns the exit code
   * @throws CliProblem where the command line, or what it names, cannot be used
   */
  run(args: readonly string[]): Promise<number>;
}

/** A mistake of whoever typed the command, told in one sentence; the exit code is 2. */
export class CliProblem extends Error {}
