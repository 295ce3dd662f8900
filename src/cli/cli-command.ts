/** One subcommand of `oss-callback`. */
export interface CliCommand {
  /** The text of `oss-callback <name> --help`. */
  help: string;
  /**
   * @param args what follows the command's name
   * @param output default: that of the process
   * @returns the exit code
   * @throws CliProblem where the command line, or what it names, cannot be used
   */
  run(args: readonly string[], output?: CliOutput): Promise<number>;
}

/** Where a command says what it found. */
export interface CliOutput {
  write(text: string): void;
  /** For what is wrong with the command line. */
  writeError(text: string): void;
}

export const processOutput: CliOutput = {
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
};

/** A mistake of whoever typed the command, told in one sentence; the exit code is 2. */
export class CliProblem extends Error {}
