import type { AbstractHttpAdapter } from '@nestjs/core';

interface ExpressApp {
  enabled(setting: string): boolean;
}

interface FastifyApp {
  initialConfig: { caseSensitive?: boolean; routerOptions?: { caseSensitive?: boolean } };
}

/** Whether `/OSS/Callback` means `/oss/callback`: to Express it does, to Fastify not, unless the app says otherwise. */
export function ignoresCase(adapter: AbstractHttpAdapter | undefined): boolean {
  if (adapter?.getType() === 'express') {
    return !adapter.getInstance<ExpressApp>().enabled('case sensitive routing');
  }
  if (adapter?.getType() === 'fastify') {
    const { routerOptions, caseSensitive } = adapter.getInstance<FastifyApp>().initialConfig;
    return (routerOptions?.caseSensitive ?? caseSensitive) === false;
  }
  return true;
}
