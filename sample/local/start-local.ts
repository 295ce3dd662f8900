import { join } from 'node:path';
import { OssSimulator } from 'nestjs-oss-callback/simulator';
import { startEmbeddedPostgres } from '../../tools/embedded-postgres/index.js';
import { loadSecrets } from './secrets.js';
import { checkDatabase } from './check-database.js';

export interface LocalOptions {
  /** Data is kept here; without it nothing outlives the process. */
  dataDirectory?: string;
  /** The port of the app, which callbacks go to. */
  appPort: number;
  /** Of the local OSS; 0 stands for a free one. */
  ossPort: number;
  /** A PostgreSQL that is there already. */
  databaseUrl?: string;
}

export interface Local {
  oss: OssSimulator;
  databaseUrl: string;
  /** `embedded`, or where the given one is. */
  databaseName: string;
  stop(): Promise<void>;
}

const BUCKET = 'sample-uploads';

/** What an app needs and a laptop lacks: a PostgreSQL and an OSS. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  try {
    const folder = (name: string) =>
      options.dataDirectory && { dataDirectory: join(options.dataDirectory, name) };
    let { databaseUrl } = options;
    if (databaseUrl) {
      await checkDatabase(databaseUrl);
    } else {
      const postgres = await startEmbeddedPostgres({ ...folder('postgres'), database: 'sample' });
      stops.push(() => postgres.stop());
      databaseUrl = postgres.url;
    }
    const oss = new OssSimulator({
      ...folder('oss'),
      port: options.ossPort,
      buckets: { [BUCKET]: { region: 'cn-hangzhou' } },
      callbackHosts: [`127.0.0.1:${options.appPort}`],
    });
    await oss.start();
    stops.push(() => oss.stop());
    const { host, pathname } = new URL(databaseUrl);
    return {
      oss,
      databaseUrl,
      databaseName: options.databaseUrl ? `${host}${pathname}` : `embedded, on ${host}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The environment that the app would have in production, with the local addresses in it. */
export function setEnvironment(local: Local, appUrl: string, dataDirectory?: string): void {
  Object.assign(process.env, {
    DATABASE_URL: local.databaseUrl,
    OSS_PUBLIC_URL: appUrl,
    OSS_BUCKET: BUCKET,
    OSS_REGION: 'cn-hangzhou',
    OSS_LOCAL_URL: local.oss.url,
    OSS_TICKET_SECRETS: loadSecrets(dataDirectory).ticketSecret,
    // Short, so that one can watch how an upload whose callback got lost is found: when its authorisation has ended.
    OSS_EXPIRES_IN_SECONDS: process.env.OSS_EXPIRES_IN_SECONDS || '30',
    OSS_RECONCILIATION_EVERY_SECONDS: process.env.OSS_RECONCILIATION_EVERY_SECONDS || '2',
  });
}
