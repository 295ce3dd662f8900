import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../tools/embedded-postgres/index.js';

/** A PostgreSQL that can be killed and started again on its data; its address stays. */
export interface KillablePostgres {
  /** Where apps find it, whether it runs or not. */
  url: string;
  /** `kill -9` of the server; resolves at once. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

const START_ATTEMPTS = 300;
const PAUSE_MS = 100;

export async function startKillablePostgres(): Promise<KillablePostgres> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'oss-durability-postgres-'));
  const start = () => startEmbeddedPostgres({ dataDirectory, durable: true });
  let postgres: EmbeddedPostgres | undefined = await start();
  // The server gets another port each time.
  const door = await openDoor(() => postgres?.port);
  const url = new URL(postgres.url);
  url.port = String(door.port);
  return {
    url: url.href,
    kill: async () => {
      postgres = undefined;
      const file = await readFile(join(dataDirectory, 'data', 'postmaster.pid'), 'utf8');
      process.kill(Number(file.split('\n')[0]), 'SIGKILL');
    },
    startAgain: async () => {
      // Its own processes may take a moment to notice that it is gone.
      for (let attempt = 1; postgres === undefined; attempt += 1) {
        try {
          postgres = await start();
        } catch (error) {
          if (attempt === START_ATTEMPTS) throw error;
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
      }
    },
    stop: async () => {
      door.close();
      await postgres?.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Passes connections on to the port of the moment; without one it cuts them. */
async function openDoor(portNow: () => number | undefined) {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    return socket;
  };
  const server = createServer((client) => {
    keep(client);
    const port = portNow();
    if (port === undefined) {
      client.destroy();
      return;
    }
    const database = keep(connect(port, '127.0.0.1'));
    client.pipe(database).pipe(client);
    client.on('close', () => database.destroy());
    database.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
