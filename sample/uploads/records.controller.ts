import { createOssUploadAuditController } from 'nestjs-oss-callback';
import { SessionGuard, type SessionRequest } from '../session/session.guard.js';

/** `GET /uploads`, `/uploads/live`, `/uploads/export` and so on: each user's own records. */
export const RecordsController = createOssUploadAuditController({
  path: 'uploads',
  guards: [SessionGuard],
  ownerOf: (request: SessionRequest) => request.user,
});
