import type { DatabaseNames } from './network/doctor-database.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the doctor goes by: the environment, and the command line. */
export interface DoctorSettings {
  /** The app's variables, those of `--env-file` included. */
  env: Environment;
  databaseUrl: string | undefined;
  databaseNames: DatabaseNames;
  /** Path or complete URL, in place of the option `callback.url`. */
  callbackUrl: string | undefined;
  /** Of a page that uploads, for example `https://app.example.com`. */
  origin: string | undefined;
  live: boolean;
  /** Of the live upload, by their `x:` names. */
  variables: Readonly<Record<string, string>>;
  /** Of each step over the network. */
  timeoutMs: number;
}

/** What is shorter stands in every sentence by chance. */
const MIN_SECRET_LENGTH = 4;

/** What must never be printed, whatever an error repeats. */
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

/** As it is written in the URL, and as it is meant. */
function passwordsOf(url: string | undefined): string[] {
  const written = /^[a-z+]+:\/\/[^/?#]*?:([^/?#]*)@/i.exec(url ?? '')?.[1];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
