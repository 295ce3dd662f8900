import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';

/** So many authorisations in a minute for each user, whichever way he uploads; `ThrottlerModule` says how many. To ask for a status is free. */
@Injectable()
export class AuthorisationLimitGuard extends ThrottlerGuard {
  protected override errorMessage = 'Too many uploads in a minute. Wait a little.';

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    const { method } = context.switchToHttp().getRequest<{ method: string }>();
    return Promise.resolve(method === 'GET');
  }

  protected override getTracker(request: Record<string, unknown>): Promise<string> {
    return Promise.resolve(String(request.user));
  }

  /** One count for all routes under this guard. */
  protected override generateKey(_context: ExecutionContext, user: string): string {
    return `authorisations:${user}`;
  }
}
