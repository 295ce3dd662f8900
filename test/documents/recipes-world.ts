import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What recipes import of the reader's own app, and of packages that are not installed here. */
export const standIns = new Map([
  [
    'owners/session.ts',
    `import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common';
export interface SessionRequest { headers: Record<string, string | undefined>; userId: string }
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<SessionRequest>();
    request.userId = request.headers['x-test-user'] ?? '';
    return request.userId !== '';
  }
}
export class AdminGuard extends SessionGuard {
  override canActivate(context: ExecutionContext): boolean {
    return super.canActivate(context) && context.switchToHttp().getRequest<SessionRequest>().userId === 'admin';
  }
}
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<SessionRequest>().userId,
);
`,
  ],
  ['records/session.ts', `export * from '../owners/session.js';\n`],
  ['uploads/session.ts', `export * from '../owners/session.js';\n`],
  // As `nest new` sets up Vitest.
  ['testing/globals.d.ts', '/// <reference types="vitest/globals" />\n'],
  [
    'vitest.config.ts',
    `export default { test: { globals: true, include: ['**/*.spec.js', '**/*.e2e-spec.js'] } };\n`,
  ],
  [
    'packages.d.ts',
    `declare module 'bullmq' {
  export class Queue {
    constructor(name: string, options: { connection: { host: string; port: number } });
    add(name: string, data: unknown, options?: { jobId?: string }): Promise<{ id?: string }>;
  }
}
declare module 'pg-boss' {
  export class PgBoss {
    send(
      name: string,
      data: object,
      options: { db?: { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> } },
    ): Promise<string | null>;
  }
}
`,
  ],
]);

export interface PrefixProxy {
  url: string;
  stop(): Promise<void>;
}

/** Takes a prefix off, as nginx does with `proxy_pass http://…/;`. */
export async function startPrefixProxy(prefix: string, target: () => string): Promise<PrefixProxy> {
  const server = createServer((incoming, response) => {
    const { method, url = '', headers } = incoming;
    if (!url.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    const forwarded = request(
      `${target()}${url.slice(prefix.length)}`,
      { method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.on('error', () => response.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
