import type { Environment } from '../env-file.js';
import type { DatabaseNames } from './network/doctor-database.js';

/** Input of the doctor: the environment and the command line. */
export interface DoctorSettings {
  /** The app's variables, including those of `--env-file`. */
  env: Environment;
  databaseUrl: string | undefined;
  databaseNames: DatabaseNames;
  /** Path or complete URL, instead of the option `callback.url`. */
  callbackUrl: string | undefined;
  /** Origin of a page that uploads, for example `https://app.example.com`. */
  origin: string | undefined;
  live: boolean;
  /** Custom variables of the live upload, by their `x:` names. */
  variables: Readonly<Record<string, string>>;
  /** Of each network step. */
  timeoutMs: number;
}

/** Shorter texts occur in ordinary sentences and cannot be masked. */
const MIN_SECRET_LENGTH = 4;

/** The secrets that must be masked in all output of the doctor. */
export function secretsOf({
  env,
  databaseUrl,
}: Pick<DoctorSettings, 'env' | 'databaseUrl'>): string[] {
  const urls = Object.entries(env).flatMap(([name, value]) =>
    name.startsWith('OSS_') ? [value] : [],
  );
  const secrets = [
    env.OSS_ACCESS_KEY_SECRET,
    env.OSS_SECURITY_TOKEN,
    ...(env.OSS_TICKET_SECRETS ?? '').split(/[\s,]+/),
    ...[databaseUrl, env.DATABASE_URL, ...urls].flatMap(passwordsOf),
  ];
  return secrets
    .flatMap((secret) => secret?.trim() ?? [])
    .filter(({ length }) => length >= MIN_SECRET_LENGTH);
}

/** The password of a URL, both as written and percent-decoded. */
function passwordsOf(url: string | undefined): string[] {
  const written = /^[a-z+]+:\/\/[^/?#:]*:([^/?#]*)@/i.exec(url ?? '')?.[1];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
