import { ControllerOptions, type Guard, type OwnerOf } from '../controller-options.js';

export interface AuditControllerOptions {
  /** Path prefix of the routes. Default `oss-uploads`. */
  path?: string;
  /**
   * At least one: clients that pass can read the records, owners and addresses included. A global guard does not count,
   * since its purpose is unknown here.
   */
  guards: Guard[];
  /**
   * Restricts every route to the records of one owner, for example the user of the session. Called with the platform's
   * request, after the guards. Without it, clients that pass the guards can read the records of all owners.
   */
  ownerOf?: OwnerOf;
}

const checks = new ControllerOptions('createOssUploadAuditController');

/** @throws OssCallbackError `INVALID_OPTIONS` */
export function checkControllerOptions(options: AuditControllerOptions): {
  path: string;
  guards: Guard[];
  ownerOf?: (request: unknown) => Promise<string>;
} {
  const { path = 'oss-uploads', guards, ownerOf } = options ?? {};
  if (!Array.isArray(guards) || guards.length === 0) {
    throw checks.invalid(
      'guards',
      'is empty: anyone could read the records. Name a guard of the app.',
    );
  }
  return {
    path: checks.checkPath(path, 'admin/uploads'),
    guards: checks.checkGuards(guards),
    ...(ownerOf === undefined ? {} : { ownerOf: checks.checkOwnerOf(ownerOf) }),
  };
}
