import { parseArgs } from 'node:util';
import { toVariableName } from '../../variables/variable-names.js';
import { type CliCommand, CliProblem, processOutput } from '../cli-command.js';
import { readEnvironment } from '../env-file.js';
import { type DoctorSettings, secretsOf } from './doctor-settings.js';
import { DoctorReport } from './report.js';
import { runDoctor } from './run-doctor.js';

const STEP_TIMEOUT_MS = 5_000;

const OPTIONS = {
  'env-file': { type: 'string' },
  'database-url': { type: 'string' },
  'database-schema': { type: 'string' },
  'table-prefix': { type: 'string' },
  'migrations-table': { type: 'string' },
  'callback-url': { type: 'string' },
  origin: { type: 'string' },
  variable: { type: 'string', multiple: true },
  live: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const doctorCommand: CliCommand = {
  help: `oss-callback doctor: checks everything that callbacks depend on, and says how to fix what is wrong

Usage: npx oss-callback doctor [options]

Reads the app's OSS_* variables (see .env.example), NODE_ENV and DATABASE_URL from the environment. Checks the
options, the database, the callback URL (DNS, connection, TLS and SNI, and how the app refuses an unsigned and a
forged callback), the local OSS if one is configured, each bucket (credentials, versioning, CORS), and the clock.
Each network step times out after ${STEP_TIMEOUT_MS / 1000} seconds.

  --env-file <file>         also reads the variables in this file; the environment takes precedence
  --callback-url <url>      path or complete URL of the @OssCallback route, instead of OSS_CALLBACK_URL
  --origin <url>            origin of a page that uploads, such as https://app.example.com: checks the CORS
                            rules of the buckets for it
  --database-url <url>      instead of DATABASE_URL
  --database-schema <name>  schema of the tables, if it is not on the user's search path
  --table-prefix <text>     TypeORM's entityPrefix
  --migrations-table <name> TypeORM's migrationsTableName. Default: migrations
  --live                    also puts a small object into each bucket, makes one upload with a callback to the first,
                            and deletes the objects; the app records that upload (owner oss-callback-doctor) and runs
                            its handlers for it
  --variable <name>=<value> custom variable of the live upload, named as in the route's DTO; can be repeated
  --json                    prints the checks as JSON: a list of { "id", "status", "message", "fix" }, where status
                            is ok, warning, failed or skipped
  -h, --help                prints this text

Exit codes: 0 if no check failed, 1 if one failed, 2 if an option is wrong or a file cannot be read.
Secrets are never printed.
`,
  async run(args, output = processOutput) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const env = await readEnvironment(values['env-file']);
    const settings: DoctorSettings = {
      env,
      databaseUrl: values['database-url'] ?? env.DATABASE_URL,
      databaseNames: {
        schema: values['database-schema'],
        tablePrefix: values['table-prefix'] ?? '',
        migrationsTable: values['migrations-table'] ?? 'migrations',
      },
      callbackUrl: values['callback-url'],
      origin: readOrigin(values.origin),
      live: values.live ?? false,
      variables: readVariables(values.variable ?? []),
      timeoutMs: STEP_TIMEOUT_MS,
    };
    const report = new DoctorReport(
      {
        write: (text) => output.write(text),
        progress: process.stderr.isTTY ? (text) => process.stderr.write(`… ${text}\n`) : undefined,
      },
      values.json ? 'json' : 'text',
      secretsOf(settings),
    );
    await runDoctor(settings, report);
    return report.end() ? 0 : 1;
  },
};

function readOrigin(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin !== 'null' && text.replace(/\/$/, '') === origin) return origin;
  throw new CliProblem(
    `--origin is "${text}". Write the scheme and host of the page, such as https://app.example.com.`,
  );
}

function readVariables(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
      const variable = toVariableName(name);
      if (variable !== undefined) return [variable, value];
      throw new CliProblem(`--variable is "${pair}". Write name=value, such as userId=7.`);
    }),
  );
}
