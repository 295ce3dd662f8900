import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Secrets {
  ticketSecret: string;
}

/** Made once and kept with the data, so that tickets still open after a restart; without a folder new each time. */
export function loadSecrets(dataDirectory: string | undefined): Secrets {
  const secrets: Secrets = { ticketSecret: randomBytes(32).toString('base64') };
  if (dataDirectory === undefined) return secrets;
  const file = join(dataDirectory, 'secrets.json');
  mkdirSync(dataDirectory, { recursive: true });
  try {
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' });
    return secrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
  }
}
