import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnUploadCompleted, OssUpload } from '../../src/index.js';

/** Leaves a row that commits, or not, with the upload. */
export async function leaveEffect(
  { id, attempts }: OssUpload,
  manager: EntityManager,
  handler: string,
): Promise<void> {
  await manager.query('INSERT INTO effects VALUES ($1, $2, $3)', [id, handler, attempts]);
}

@Injectable()
export class TwoHandlers {
  @OnUploadCompleted()
  first(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'first');
  }

  @OnUploadCompleted()
  second(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'second');
  }
}

/** Objects whose key begins with this have a handler in an app with {@link HandlerOfSome}. */
export const HANDLED_PREFIX = 'handled/';

@Injectable()
export class HandlerOfSome {
  @OnUploadCompleted({ objectPrefix: HANDLED_PREFIX })
  only(upload: OssUpload, manager: EntityManager) {
    return leaveEffect(upload, manager, 'only');
  }
}
