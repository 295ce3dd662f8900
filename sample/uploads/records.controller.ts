import { createOssUploadAuditController } from 'nestjs-oss-callback';
import { SessionGuard, type SessionRequest } from '../session/session.guard.js';

/** `GET /records`, `/records/live`, `/records/export` and so on: each user's own records. */
export const RecordsController = createOssUploadAuditController({
  path: 'records',
  guards: [SessionGuard],
  ownerOf: (request: SessionRequest) => request.user,
});
