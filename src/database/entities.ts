import { OssCallbackRejection } from './oss-callback-rejection.entity.js';
import { OssUploadTicket } from './oss-upload-ticket.entity.js';
import { OssUpload } from './oss-upload.entity.js';

/** This package's entities, for the `entities` of the app's DataSource. */
export const ossCallbackEntities = [OssUpload, OssUploadTicket, OssCallbackRejection];
