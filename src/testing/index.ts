/**
 * Helpers for an app's own tests: with a local OSS ({@link startTestOss}), with signed callbacks alone
 * ({@link buildCallbackRequest}), or without any of them ({@link FakeOssUploadService}).
 *
 * ```ts
 * import { startTestOss } from 'nestjs-oss-callback/testing';
 * ```
 * @module nestjs-oss-callback/testing
 */
export {
  buildCallbackRequest,
  type CallbackRequest,
  type CallbackRequestInput,
} from './build-callback-request.js';
export { buildCompletedUpload } from './build-completed-upload.js';
export { createTestKeyPair, type TestKeyPair } from './create-test-key-pair.js';
export {
  FakeOssUploadService,
  type FakeUploadCall,
  type FakeUploadOptions,
} from './fake-oss-upload.service.js';
export { type SendableAuthorisation, sendUpload } from './send-upload.js';
export { startTestOss, type TestOss } from './test-oss.js';
export {
  type CallbackSignatureInput,
  signCallback,
} from '../protocol/callback/callback-signature.js';
