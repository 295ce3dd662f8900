const WAY_OUT =
  'set DATABASE_URL to a PostgreSQL of your own instead, e.g. postgres://user:password@localhost:5432/app';

/** Why the embedded PostgreSQL cannot run here: one sentence, with DATABASE_URL as the way out. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  static because(reason: string, options?: ErrorOptions): EmbeddedPostgresError {
    return new EmbeddedPostgresError(
      `The embedded PostgreSQL cannot be used: ${reason}; ${WAY_OUT}.`,
      options,
    );
  }

  static unsupportedPlatform(platform: string): EmbeddedPostgresError {
    return this.because(`there are no PostgreSQL binaries for ${platform}`);
  }

  static notInstalled(packageName: string): EmbeddedPostgresError {
    return this.because(
      `the package ${packageName} is not installed (were optional dependencies left out?)`,
    );
  }

  static inUse(dataDirectory: string, serverPid?: number): EmbeddedPostgresError {
    const who = serverPid ? ` by the server with process id ${serverPid}` : '';
    return this.because(`the data directory ${dataDirectory} is already in use${who}`);
  }

  static failed(step: string, output: string): EmbeddedPostgresError {
    const lines = output.trim().split('\n').slice(-8).join(' | ');
    return this.because(`${step} failed (${lines || 'without any output'})`);
  }
}
