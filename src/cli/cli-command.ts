/** One subcommand of `oss-callback`. */
export interface CliCommand {
  /** The text of `oss-callback <name> --help`. */
  help: string;
  /**
   * @param args the arguments after the command's name
   * @param output default: the streams of the process
   * @returns the exit code
   * @throws CliProblem if the command line is wrong, or a file that it names cannot be read
   */
  run(args: readonly string[], output?: CliOutput): Promise<number>;
}

/** Where a command writes its results. */
export interface CliOutput {
  write(text: string): void;
  /** For mistakes in the command line. */
  writeError(text: string): void;
}

export const processOutput: CliOutput = {
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
};

/** A mistake in the command line, as one sentence. The exit code is 2. */
export class CliProblem extends Error {}
