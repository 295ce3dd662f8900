import { randomBytes } from 'node:crypto';
import type { AccessPolicy } from '../../protocol/signing/access-policy.js';
import type { SimulatorCredentials } from '../options.js';

/** What AssumeRole gave somebody. */
export interface TemporaryCredentials extends SimulatorCredentials {
  securityToken: string;
  expiresAt: Date;
  /** Without one, everything that the role may do is allowed. */
  policy?: AccessPolicy;
}

/** The temporary credentials that were given and have not been forgotten; a restart forgets them. */
export class StsSessions {
  readonly #sessions = new Map<string, TemporaryCredentials>();
  readonly #nonces = new Map<string, Date>();

  open(
    terms: { expiresAt: Date; policy?: AccessPolicy; userId?: string },
    now: Date,
  ): TemporaryCredentials {
    const dayAgo = now.getTime() - 86_400_000;
    for (const [id, { expiresAt }] of this.#sessions) {
      if (expiresAt.getTime() < dayAgo) this.#sessions.delete(id);
    }
    const session = {
      accessKeyId: `STS.${randomBytes(12).toString('hex')}`,
      accessKeySecret: randomBytes(30).toString('base64url'),
      securityToken: randomBytes(96).toString('base64'),
      ...terms,
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  find(accessKeyId: string): TemporaryCredentials | undefined {
    return this.#sessions.get(accessKeyId);
  }

  /** @returns whether it was used before, as far back as its time would be accepted */
  useNonce(nonce: string, now: Date, keepMs: number): boolean {
    for (const [other, usedAt] of this.#nonces) {
      if (now.getTime() - usedAt.getTime() > 2 * keepMs) this.#nonces.delete(other);
    }
    if (this.#nonces.has(nonce)) return true;
    this.#nonces.set(nonce, now);
    return false;
  }
}
