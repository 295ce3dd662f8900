import type { CanActivate, Type } from '@nestjs/common';
import { OssCallbackError } from '../../common/errors.js';

export interface AuditControllerOptions {
  /** Where the routes begin. Default `oss-uploads`. */
  path?: string;
  /**
   * At least one: who passes sees the records, owners and addresses included. A global guard does not count, since
   * nothing here can tell what it lets pass.
   */
  guards: (Type<CanActivate> | CanActivate)[];
  /**
   * Restricts every route to the records of one owner, whom the app knows from its session; it gets the platform's request,
   * after the guards. Without it everybody who passes the guards sees the records of all.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the host's own type of request
  ownerOf?: (request: any) => string | Promise<string>;
}

/** @throws OssCallbackError `INVALID_OPTIONS` */
export function checkControllerOptions(
  options: AuditControllerOptions,
): AuditControllerOptions & { path: string; ownerOf?: (request: unknown) => Promise<string> } {
  const { path = 'oss-uploads', guards, ownerOf } = options ?? {};
  if (!Array.isArray(guards) || guards.length === 0) {
    throw invalid('guards', 'is empty: everybody could read the records. Name a guard of the app.');
  }
  const other = guards.findIndex((guard) => !isGuard(guard));
  if (other !== -1) {
    throw invalid('guards', `has no guard at place ${other}. Give classes with canActivate.`);
  }
  if (typeof path !== 'string')
    throw invalid('path', 'is no text. Write a path such as admin/uploads.');
  if (ownerOf === undefined) return { path, guards };
  if (typeof ownerOf !== 'function') {
    throw invalid('ownerOf', 'is no function. Write (request) => request.user.id.');
  }
  return { path, guards, ownerOf: async (request) => checkOwner(await ownerOf(request)) };
}

function isGuard(guard: unknown): boolean {
  const place = typeof guard === 'function' ? (guard.prototype as unknown) : guard;
  return typeof (place as Partial<CanActivate> | null | undefined)?.canActivate === 'function';
}

/** An owner that got lost on the way must not mean the records of all. */
function checkOwner(owner: unknown): string {
  if (typeof owner === 'string' && owner !== '') return owner;
  throw new OssCallbackError('REFUSED_BY_APP', 'It is not known whose records these are.', {
    hint: `createOssUploadAuditController: ownerOf gave ${String(owner)}`,
  });
}

function invalid(option: string, problem: string): OssCallbackError {
  return new OssCallbackError(
    'INVALID_OPTIONS',
    `createOssUploadAuditController: option "${option}" ${problem}`,
  );
}
