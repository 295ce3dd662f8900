import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

/**
 * Serves the page, with headers that keep what strangers named (files, users, types) from ever becoming a script.
 * @param ossOrigin where the page may send files to
 */
export function servePage(app: NestExpressApplication, ossOrigin: string): void {
  const headers = {
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      // previews of pictures are made in the page; Uppy's style sheet holds small icons
      "img-src 'self' blob: data:",
      `connect-src 'self' ${ossOrigin}`,
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
  app.use((_request: Request, response: Response, next: NextFunction) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    next();
  });
  app.useStaticAssets(join(import.meta.dirname, 'public'));
}

/** Where browsers reach the bucket, from the environment that `ossCallbackConfig` reads. */
export function ossOriginFrom(env: NodeJS.ProcessEnv): string {
  if (env.OSS_LOCAL_URL) return env.OSS_LOCAL_URL;
  const endpoint = new URL(env.OSS_ENDPOINT || `https://oss-${env.OSS_REGION}.aliyuncs.com`);
  if (env.OSS_CUSTOM_DOMAIN !== 'true')
    endpoint.hostname = `${env.OSS_BUCKET}.${endpoint.hostname}`;
  return endpoint.origin;
}
