import { randomBytes } from 'node:crypto';
import type { AccessPolicy } from '../../protocol/signing/access-policy.js';
import type { SimulatorCredentials } from '../options.js';

/** Credentials that AssumeRole issued. */
export interface TemporaryCredentials extends SimulatorCredentials {
  securityToken: string;
  expiresAt: Date;
  /** Unset if every action is allowed. */
  policy?: AccessPolicy;
}

/** The temporary credentials that were issued. They do not survive a restart. */
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

  /** Returns whether a nonce was used before, within the time in which its request would be accepted. */
  useNonce(nonce: string, now: Date, keepMs: number): boolean {
    for (const [other, usedAt] of this.#nonces) {
      if (now.getTime() - usedAt.getTime() > 2 * keepMs) this.#nonces.delete(other);
    }
    if (this.#nonces.has(nonce)) return true;
    this.#nonces.set(nonce, now);
    return false;
  }
}
