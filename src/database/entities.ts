import { OssCallbackRejection } from './oss-callback-rejection.entity.js';
import { OssUploadTicket } from './oss-upload-ticket.entity.js';
import { OssUpload } from './oss-upload.entity.js';

/** For the `entities` of an app's DataSource. */
export const ossCallbackEntities = [OssUpload, OssUploadTicket, OssCallbackRejection];
