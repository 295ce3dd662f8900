import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** By default, systems assign ports by themselves from 32,768 on. fetch() refuses some below 11,000. */
const FIRST_PORT = 11_000;
const PORTS = 20_000;
/** Taken, or reserved by the system. */
const TAKEN = new Set<string | undefined>(['EADDRINUSE', 'EACCES']);

let next = randomInt(PORTS);

/** A free port, which no listener on port 0 and no connection is given before it is listened on. */
export async function findFreePort(): Promise<number> {
  for (let tried = 0; tried < PORTS; tried += 1) {
    const port = FIRST_PORT + next;
    next = (next + 1) % PORTS;
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} is free.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    if (TAKEN.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
  await once(server.close(), 'close');
  return true;
}
