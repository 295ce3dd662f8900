import { generateKeyPairSync } from 'node:crypto';

export interface TestKeyPair {
  /** PEM, for the option `localOss.publicKey`. */
  publicKey: string;
  /** PEM, for `buildCallbackRequest`. */
  privateKey: string;
}

/** A key pair of the kind that OSS signs with: RSA of 512 bits. Good for tests only. */
export function createTestKeyPair(): TestKeyPair {
  return generateKeyPairSync('rsa', {
    modulusLength: 512,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
