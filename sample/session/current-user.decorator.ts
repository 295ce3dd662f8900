import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { SessionRequest } from './session.guard.js';

/** Who is signed in; needs the SessionGuard. */
export const CurrentUser = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<SessionRequest>().user,
);
