import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const COOKIE = 'session';
const LIFETIME_SECONDS = 12 * 3_600;

/**
 * Sessions as signed cookies: a name, when it ends, and a MAC of both. The key is new at each start, which ends all
 * sessions. An app of yours has passwords or single sign-on in front of this, and a cookie that is `Secure`.
 */
@Injectable()
export class Sessions {
  private readonly key = randomBytes(32);

  /** The value of `Set-Cookie` that signs a user in. */
  begin(user: string): string {
    const endsAt = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
    const session = `${Buffer.from(user).toString('base64url')}.${endsAt}`;
    return cookie(`${session}.${this.sign(session)}`, LIFETIME_SECONDS);
  }

  /** The value of `Set-Cookie` that signs out. */
  end(): string {
    return cookie('', 0);
  }

  /**
   * Who asks.
   * @param cookies the request's header `Cookie`
   */
  userOf(cookies: string | undefined): string | undefined {
    const [, value] = /(?:^|;\s*)session=([^;]+)/.exec(cookies ?? '') ?? [];
    const [, session, user, endsAt, mac] = /^(([\w-]+)\.(\d+))\.([\w-]+)$/.exec(value ?? '') ?? [];
    if (!session || !isSame(mac!, this.sign(session))) return undefined;
    return Number(endsAt) * 1000 > Date.now()
      ? Buffer.from(user!, 'base64url').toString()
      : undefined;
  }

  private sign(session: string): string {
    return createHmac('sha256', this.key).update(session).digest('base64url');
  }
}

function cookie(value: string, maxAgeSeconds: number): string {
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
