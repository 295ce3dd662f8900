import {
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  Injectable,
  Module,
} from '@nestjs/common';
import { map } from 'rxjs';
import { createOssUploadAuditController } from '../../src/index.js';

interface UserRequest {
  headers: Record<string, string | undefined>;
}

/** Stands for a host's session: the header `user` names who is signed in. */
@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<UserRequest>().headers.user !== undefined;
  }
}

export class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<UserRequest>().headers.user === 'admin';
  }
}

/** Records for admins, and for each user his own. */
@Module({
  controllers: [
    createOssUploadAuditController({ path: 'admin/uploads', guards: [SessionGuard, AdminGuard] }),
    createOssUploadAuditController({
      path: 'my/uploads',
      guards: [SessionGuard],
      ownerOf: ({ headers }: UserRequest) => headers.user?.replace('lost', '') as string,
    }),
  ],
})
export class AuditPages {}

class Wrapped {
  readonly code = 0;
  constructor(readonly data: unknown) {}
}

/** What apps do with all their answers. */
export const wrappers: [what: string, wrap: (data: unknown) => unknown][] = [
  ['wraps answers in an object', (data) => ({ code: 0, data })],
  ['wraps answers in an instance', (data) => new Wrapped(data)],
  [
    'writes answers as JSON',
    (data) => JSON.stringify({ code: 0, keys: Object.keys(data as object) }),
  ],
];

export function wrapAnswers(wrap: (data: unknown) => unknown) {
  return (app: INestApplication): void => {
    app.useGlobalInterceptors({ intercept: (_context, next) => next.handle().pipe(map(wrap)) });
  };
}
