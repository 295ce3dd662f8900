export { buildCallbackRequest, type CallbackRequest } from './build-callback-request.js';
export { buildCompletedUpload } from './build-completed-upload.js';
export { createTestKeyPair, type TestKeyPair } from './create-test-key-pair.js';
export {
  FakeOssUploadService,
  type FakeUploadCall,
  type FakeUploadOptions,
} from './fake-oss-upload.service.js';
export { type SendableAuthorisation, sendUpload } from './send-upload.js';
export { startTestOss, type TestOss } from './test-oss.js';
export { signCallback } from '../protocol/callback/callback-signature.js';
