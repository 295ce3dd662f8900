import { type INestApplicationContext, type LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { messageOf } from '../../common/error-text.js';
import { OssCallbackError } from '../../common/errors.js';
import { ossCallbackEntities } from '../../database/entities.js';
import { readOssCallbackOptions } from '../../options/config.js';
import { OssCallbackModule } from '../../oss-callback.module.js';
import { CliProblem } from '../cli-command.js';
import { type Environment, readEnvironment } from '../env-file.js';

/** The options of all commands that work on the app's uploads. */
export const APP_OPTIONS = {
  'env-file': { type: 'string' },
  'database-url': { type: 'string' },
  'database-schema': { type: 'string' },
  'table-prefix': { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const APP_HELP = `  --env-file <file>         also reads the variables in this file; the environment takes precedence
  --database-url <url>      instead of DATABASE_URL
  --database-schema <name>  schema of the tables, if it is not on the user's search path
  --table-prefix <text>     TypeORM's entityPrefix
  --json                    prints JSON
  -h, --help                prints this text

Reads the app's OSS_* variables (see .env.example), NODE_ENV and DATABASE_URL from the environment.
Exit codes: 0 if it was done, 1 if it was not, 2 if an option is wrong or the app's settings are.
`;

export interface AppValues {
  'env-file'?: string | undefined;
  'database-url'?: string | undefined;
  'database-schema'?: string | undefined;
  'table-prefix'?: string | undefined;
}

/** Longer than a command runs. */
const DAY_SECONDS = 86_400;

@Module({})
class CommandModule {}

/**
 * The parts of the app that need no HTTP: the same settings and the same tables, without handlers and without a schedule.
 * @throws CliProblem if the settings are wrong, or the database does not answer
 */
export async function withApp<T>(
  values: AppValues,
  work: (app: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const env = await readEnvironment(values['env-file']);
  const url = values['database-url'] ?? env.DATABASE_URL;
  if (!url) {
    throw new CliProblem('The database of the app is missing. Set DATABASE_URL or --database-url.');
  }
  const app = await start(env, url, values).catch((error: unknown) => {
    throw new CliProblem(messageOf(error));
  });
  try {
    return await work(app);
  } catch (error) {
    throw error instanceof OssCallbackError && error.getStatus() < 500
      ? new CliProblem(error.message)
      : error;
  } finally {
    await app.close();
  }
}

async function start(
  env: Environment,
  url: string,
  values: AppValues,
): Promise<INestApplicationContext> {
  const options = readOssCallbackOptions(env);
  const { 'database-schema': schema, 'table-prefix': entityPrefix } = values;
  const app = await NestFactory.createApplicationContext(
    {
      module: CommandModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          schema,
          entityPrefix,
          entities: [...ossCallbackEntities],
          applicationName: 'oss-callback',
          connectTimeoutMS: 5_000,
          retryAttempts: 0,
          poolSize: 4,
        }),
        OssCallbackModule.forRoot({
          ...options,
          handlers: false,
          // what it keeps and how much it does is the app's choice; here it runs when it is told to
          reconciliation: {
            ...(typeof options.reconciliation === 'object' ? options.reconciliation : {}),
            everySeconds: DAY_SECONDS,
          },
        }),
      ],
    },
    // what is said at boot is for the app's processes
    { abortOnError: false, logger: false },
  );
  app.useLogger(new StderrLogger());
  return app;
}

/** What goes wrong is written beside the results, which are for programs. */
class StderrLogger implements LoggerService {
  log(): void {}
  warn(message: unknown): void {
    this.write(message);
  }
  error(message: unknown): void {
    this.write(message);
  }
  private write(message: unknown): void {
    process.stderr.write(`${String(message)}\n`);
  }
}
