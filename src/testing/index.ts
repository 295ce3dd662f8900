export { buildCallbackRequest, type CallbackRequest } from './build-callback-request.js';
export { createTestKeyPair, type TestKeyPair } from './create-test-key-pair.js';
export { signCallback } from '../protocol/callback/callback-signature.js';
