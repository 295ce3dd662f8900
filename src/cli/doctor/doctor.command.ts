import { readFile } from 'node:fs/promises';
import { parseArgs, parseEnv } from 'node:util';
import { toVariableName } from '../../variables/variable-names.js';
import { type CliCommand, CliProblem, processOutput } from '../cli-command.js';
import { STEP_TIMEOUT_MS } from './check.js';
import { type DoctorSettings, type Environment, secretsOf } from './doctor-settings.js';
import { DoctorReport } from './report.js';
import { runDoctor } from './run-doctor.js';

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
  help: `oss-callback doctor: checks all that must fit together for callbacks to arrive, and says what to mend

Usage: npx oss-callback doctor [options]

Reads the app's OSS_* variables (see .env.example), NODE_ENV and DATABASE_URL from the environment. Checks the
options, the database, the callback URL (DNS, connection, TLS and SNI, the exact refusals of an unsigned and of a
forged callback), the local OSS where one is configured, each bucket (credentials, versioning, CORS), and the clock.
Each step over the network may take ${STEP_TIMEOUT_MS / 1000} seconds.

  --env-file <file>         also reads the variables of this file; the environment outranks it
  --callback-url <url>      path or complete URL of the @OssCallback route, in place of OSS_CALLBACK_URL
  --origin <url>            a page that uploads, as in https://app.example.com: checks the buckets' CORS rules for it
  --database-url <url>      in place of DATABASE_URL
  --database-schema <name>  of the tables, where it is not on the user's search path
  --table-prefix <text>     TypeORM's entityPrefix
  --migrations-table <name> TypeORM's migrationsTableName. Default: migrations
  --live                    also puts a small object into each bucket, makes one upload with a callback to the first,
                            and deletes the objects; the app records that upload (owner oss-callback-doctor) and runs
                            its handlers for it
  --variable <name>=<value> of the live upload, as the route's variables name it; may be repeated
  --json                    the checks as JSON: a list of { "id", "status", "message", "cure" }, where status is
                            ok, warning, failed or skipped
  -h, --help                this text

Exit codes: 0 where nothing failed, 1 where something did, 2 where an option is wrong or a file cannot be read.
No secret is printed.
`,
  async run(args, output = processOutput) {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const file = values['env-file'];
    const env = { ...(file === undefined ? {} : await readEnvFile(file)), ...process.env };
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
        progress: process.stderr.isTTY ? (what) => process.stderr.write(`… ${what}\n`) : undefined,
      },
      values.json ? 'json' : 'text',
      secretsOf(settings),
    );
    await runDoctor(settings, report);
    return report.end() ? 0 : 1;
  },
};

async function readEnvFile(file: string): Promise<Environment> {
  try {
    return parseEnv(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliProblem(`${file} cannot be read: ${(error as Error).message}.`);
  }
}

function readOrigin(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (origin !== 'null' && text.replace(/\/$/, '') === origin) return origin;
  throw new CliProblem(
    `--origin is "${text}". Write scheme and host of the page, as in https://app.example.com.`,
  );
}

function readVariables(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
      const variable = toVariableName(name);
      if (variable !== undefined) return [variable, value];
      throw new CliProblem(`--variable is "${pair}". Write name=value, as in userId=7.`);
    }),
  );
}
