import { rmSync } from 'node:fs';
import { findBinaries } from './binaries.js';
import { openCluster, type Cluster } from './cluster.js';
import { createDatabase, waitUntilReady } from './connection.js';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { findFreePort } from './free-port.js';
import {
  clusterIn,
  createThrowAwayHome,
  openKeptHome,
  sweepThrowAwayHomes,
  type Home,
} from './homes.js';
import { Keeper, type KeeperOrder } from './keeper.js';
import { chooseServerUser } from './server-user.js';
import { serverSettings } from './server-settings.js';

/** How to start a PostgreSQL of one's own. */
export interface EmbeddedPostgresOptions {
  /** Keeps its data here between starts. Without it the data is thrown away at the end. */
  dataDirectory?: string;
  /** Whether committed data survives a crash of the machine. Default: with `dataDirectory` only. */
  durable?: boolean;
  /** The database that `url` names, created if missing. Default: `postgres`. */
  database?: string;
  /** Further settings of the server, as in postgresql.conf. */
  postgresOptions?: Record<string, string>;
}

/** A PostgreSQL that runs as long as this process, at most. */
export interface EmbeddedPostgres {
  /** `postgres://postgres:<password>@127.0.0.1:<port>/<database>` */
  url: string;
  port: number;
  /** Ends the server; throw-away data is gone when it resolves. */
  stop(): Promise<void>;
}

const ATTEMPTS = 5;

/**
 * Starts a real PostgreSQL from npm packages: no installation, no Docker. It listens on 127.0.0.1
 * alone, on a free port, with a generated password.
 *
 * @throws EmbeddedPostgresError where it cannot run; the message says why and what to do instead
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const home = options.dataDirectory ? await openKeptHome(options.dataDirectory) : undefined;
  const user = chooseServerUser(home && clusterIn(home));
  await sweepThrowAwayHomes(user);
  const binaries = findBinaries(user);
  const usedHome = home ?? createThrowAwayHome(user);
  try {
    const cluster = openCluster(usedHome, binaries, user);
    return await start({ home: usedHome, binaries, cluster, user }, options);
  } catch (error) {
    if (usedHome.throwAway) rmSync(usedHome.path, { recursive: true, force: true });
    throw error;
  }
}

async function start(
  order: Omit<KeeperOrder, 'settings'>,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    const keeper = Keeper.start({
      ...order,
      settings: serverSettings({
        ...options,
        durable: options.durable ?? !order.home.throwAway,
        port,
      }),
    });
    try {
      const url = urlOf(order.cluster, port);
      await waitUntilReady(url, keeper);
      if (options.database) await createDatabase(url, options.database);
      keeper.letGo();
      return {
        url: urlOf(order.cluster, port, options.database),
        port,
        stop: () => keeper.stop(),
      };
    } catch (error) {
      const log = keeper.log(); // stopping may take the log away
      await keeper.stop();
      if (!isPortTaken(log) || attempt === ATTEMPTS) throw explain(error, log, order.home);
    }
  }
}

function urlOf(cluster: Cluster, port: number, database = 'postgres'): string {
  return `postgres://postgres:${cluster.password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

function isPortTaken(log: string): boolean {
  return log.includes('could not create any TCP/IP sockets');
}

function explain(error: unknown, log: string, home: Home): unknown {
  if (log.includes('lock file "postmaster.pid" already exists')) {
    return EmbeddedPostgresError.inUse(home.path);
  }
  if (error instanceof EmbeddedPostgresError) return error;
  return EmbeddedPostgresError.failed(`starting the server (${String(error)})`, log);
}
