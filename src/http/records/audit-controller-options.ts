import type { CanActivate, Type } from '@nestjs/common';
import { OssCallbackError } from '../../common/errors.js';
import { logText, quoted } from '../../common/log-text.js';

export interface AuditControllerOptions {
  /** Path prefix of the routes. Default `oss-uploads`. */
  path?: string;
  /**
   * At least one: clients that pass can read the records, owners and addresses included. A global guard does not count,
   * since its purpose is unknown here.
   */
  guards: (Type<CanActivate> | CanActivate)[];
  /**
   * Restricts every route to the records of one owner, for example the user of the session. Called with the platform's
   * request, after the guards. Without it, clients that pass the guards can read the records of all owners.
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
    throw invalid('guards', 'is empty: anyone could read the records. Name a guard of the app.');
  }
  const other = guards.findIndex((guard) => !isGuard(guard));
  if (other !== -1) {
    throw invalid('guards', `has no guard at place ${other}. Give classes with canActivate.`);
  }
  if (typeof path !== 'string')
    throw invalid('path', 'is not a string. Write a path such as admin/uploads.');
  if (ownerOf === undefined) return { path, guards };
  if (typeof ownerOf !== 'function') {
    throw invalid('ownerOf', 'is not a function. Write (request) => request.user.id.');
  }
  return { path, guards, ownerOf: async (request) => checkOwner(await ownerOf(request)) };
}

function isGuard(guard: unknown): boolean {
  const place = typeof guard === 'function' ? (guard.prototype as unknown) : guard;
  return typeof (place as Partial<CanActivate> | null | undefined)?.canActivate === 'function';
}

/** A missing owner must not select the records of all owners. */
function checkOwner(owner: unknown): string {
  if (typeof owner === 'string' && owner !== '') return owner;
  throw new OssCallbackError('REFUSED_BY_APP', 'The owner of the records is unknown.', {
    hint: logText`createOssUploadAuditController: ownerOf returned ${quoted(String(owner))}`,
  });
}

function invalid(option: string, problem: string): OssCallbackError {
  return new OssCallbackError(
    'INVALID_OPTIONS',
    `createOssUploadAuditController: option "${option}" ${problem}`,
  );
}
