import { type AddressInfo, createServer } from 'node:net';

/** @returns the port, if it is free; any free one for 0 */
export function findPort(port: number, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'is used by another program' : cause.message;
      reject(
        new Error(`Port ${port} ${reason}. Choose another one: ${variable}=${port + 1} npm start`, {
          cause,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      const free = (server.address() as AddressInfo).port;
      server.close(() => resolve(free));
    });
  });
}
