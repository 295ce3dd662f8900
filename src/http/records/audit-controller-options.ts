import { ControllerOptions, type Guard, type OwnerOf } from '../controller-options.js';

/**
 * Options of {@link createOssUploadAuditController}.
 * @category Records
 */
export interface AuditControllerOptions {
  /** Path prefix of the routes. Default: `oss-uploads`. */
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
  /**
   * Adds the routes that retry uploads and decide tickets. They are for operators, so this cannot be combined with
   * `ownerOf`. Default: false.
   */
  allowChanges?: boolean;
}

const checks = new ControllerOptions('createOssUploadAuditController');

/** @throws OssCallbackError `INVALID_OPTIONS` */
export function checkControllerOptions(options: AuditControllerOptions): {
  path: string;
  guards: Guard[];
  ownerOf?: (request: unknown) => Promise<string>;
  allowChanges: boolean;
} {
  const { path = 'oss-uploads', guards, ownerOf, allowChanges = false } = options ?? {};
  if (!Array.isArray(guards) || guards.length === 0) {
    throw checks.invalid(
      'guards',
      'is empty: anyone could read the records. Name a guard of the app.',
    );
  }
  if (typeof allowChanges !== 'boolean') {
    throw checks.invalid('allowChanges', 'is not true or false.');
  }
  if (allowChanges && ownerOf !== undefined) {
    throw checks.invalid(
      'allowChanges',
      'is for operators, and with "ownerOf" users would decide about uploads. Mount another controller for them.',
    );
  }
  return {
    allowChanges,
    path: checks.checkPath(path, 'admin/uploads'),
    guards: checks.checkGuards(guards),
    ...(ownerOf === undefined ? {} : { ownerOf: checks.checkOwnerOf(ownerOf) }),
  };
}
