import type { CanActivate, Type } from '@nestjs/common';
import { OssCallbackError } from '../common/errors.js';
import { logText, shown, unquoted } from '../common/log-text.js';

/**
 * A guard as `@UseGuards` takes it.
 * @inline
 */
export type Guard = Type<CanActivate> | CanActivate;

/**
 * Called with the platform's request, after the guards.
 * @inline
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the host's own type of request
export type OwnerOf = (request: any) => string | Promise<string>;

/** Checks the options that the controllers share. Every method throws `INVALID_OPTIONS`. */
export class ControllerOptions {
  /** @param factory the function that the app calls */
  constructor(private readonly factory: string) {}

  checkGuards(guards: readonly Guard[]): Guard[] {
    if (!Array.isArray(guards)) throw this.invalid('guards', 'is not a list of guards.');
    const other = guards.findIndex((guard) => !isGuard(guard));
    if (other === -1) return [...(guards as readonly Guard[])];
    throw this.invalid('guards', `has no guard at place ${other}. Pass classes with canActivate.`);
  }

  checkPath(path: unknown, example: string): string {
    if (typeof path === 'string') return path;
    throw this.invalid('path', `is not a string. Write a path such as ${example}.`);
  }

  /** @returns the owner; it throws `REFUSED_BY_APP` if the app names none */
  checkOwnerOf(ownerOf: OwnerOf): (request: unknown) => Promise<string> {
    if (typeof ownerOf !== 'function') {
      throw this.invalid('ownerOf', 'is not a function. Write (request) => request.user.id.');
    }
    return async (request) => this.checkOwner(await ownerOf(request));
  }

  invalid(option: string, problem: string): OssCallbackError {
    return new OssCallbackError(
      'INVALID_OPTIONS',
      `${this.factory}: option "${option}" ${problem}`,
    );
  }

  /** A missing owner must not mean all owners. */
  private checkOwner(owner: unknown): string {
    if (typeof owner === 'string' && owner !== '') return owner;
    throw new OssCallbackError('REFUSED_BY_APP', 'The owner of the records is unknown.', {
      hint: logText`${unquoted(this.factory)}: ownerOf returned ${unquoted(shown(owner))}`,
    });
  }
}

function isGuard(guard: unknown): boolean {
  const place = typeof guard === 'function' ? (guard.prototype as unknown) : guard;
  return typeof (place as Partial<CanActivate> | null | undefined)?.canActivate === 'function';
}
