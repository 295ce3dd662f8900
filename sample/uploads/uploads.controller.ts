import { Controller } from '@nestjs/common';
import {
  CallbackVariables,
  CompletedUpload,
  createOssUploadController,
  OssCallback,
  OssUpload,
} from 'nestjs-oss-callback';
import { SessionGuard, type SessionRequest } from '../session/session.guard.js';
import { AuthorisationLimitGuard } from './authorisation-limit.guard.js';
import { FileVariables } from './file-variables.dto.js';

const MAX_SIZE_BYTES = 1024 * 1024 * 1024;

@Controller()
export class CallbackController {
  /** OSS calls this; what it returns is what the uploader gets. Effects belong into `FilesService`. */
  @OssCallback('oss/callback')
  onUpload(@CompletedUpload() upload: OssUpload, @CallbackVariables() variables: FileVariables) {
    return { id: upload.id, key: upload.object, name: variables.originalName, size: upload.size };
  }
}

/** `POST /uploads` and what else the client of this package asks for: each user uploads into a folder of his own. */
export const UploadsController = createOssUploadController({
  guards: [SessionGuard, AuthorisationLimitGuard],
  ownerOf: (request: SessionRequest) => request.user,
  callback: { controller: CallbackController, method: 'onUpload' },
  authorize: ({ file }, { user }: SessionRequest) => ({
    objectPrefix: `${user}/`,
    maxSizeBytes: MAX_SIZE_BYTES,
    variables: Object.assign(new FileVariables(), { originalName: file.name }),
  }),
});
