import { generateKeyPairSync } from 'node:crypto';

/**
 * A key pair that signs callbacks in tests.
 * @category Callbacks
 */
export interface TestKeyPair {
  /** PEM, for the option `localOss.publicKey`. */
  publicKey: string;
  /** PEM, for `buildCallbackRequest`. */
  privateKey: string;
}

/**
 * Creates a key pair of the kind that OSS signs with: RSA of 512 bits, which is only good for tests.
 * @category Callbacks
 */
export function createTestKeyPair(): TestKeyPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 512,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
