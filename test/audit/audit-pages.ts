import { type CanActivate, type ExecutionContext, Injectable, Module } from '@nestjs/common';
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
