import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
} from '@nestjs/common';
import type { Request } from 'express';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Keeps pages of other origins from changing anything: from signing a user in as another user with a form of theirs,
 * and from using his session. A `SameSite` cookie alone does neither, since ports of one host are one site. Browsers
 * say where a request comes from; clients that are not browsers, OSS among them, say nothing and pass.
 */
@Injectable()
export class SameOriginGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (READING.has(request.method) || isOfThisOrigin(request)) return true;
    throw new ForbiddenException('Only pages of this app may do that.');
  }
}

function isOfThisOrigin({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
