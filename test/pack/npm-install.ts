import { execFileSync } from 'node:child_process';

/** Installs into a folder; peers that do not fit each other are an error, and no install script runs. */
export function npmInstall(folder: string, packages: readonly string[]): void {
  const options = [
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--ignore-scripts',
    '--strict-peer-deps',
    '--loglevel=error',
  ];
  try {
    execFileSync('npm', ['install', ...options, ...packages], {
      cwd: folder,
      encoding: 'utf8',
      // On Windows npm is a command script, which only a shell can run.
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`npm install ${packages.join(' ')}: ${stderr?.trim() || String(error)}`, {
      cause: error,
    });
  }
}
