import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

/**
 * A public key that may have signed a callback, as {@link OssCallbackGuard} handles it.
 * @category Callback routes
 */
export interface PublicKey {
  /** The RSA key. */
  key: KeyObject;
  /** SHA-256 of the key in DER form (SPKI), 64 hex digits. */
  fingerprint: string;
}

/** OSS's own key has 512 bits; the cost of a signature check grows with the size. */
const MAX_KEY_BITS = 8_192;

/** @throws Error if the text is not an RSA public key in PEM */
export function readPublicKey(pem: string): PublicKey {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('the key is not an RSA key');
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits > MAX_KEY_BITS) throw new Error(`the key has ${bits} bits, more than ${MAX_KEY_BITS}`);
  const der = key.export({ type: 'spki', format: 'der' });
  return { key, fingerprint: createHash('sha256').update(der).digest('hex') };
}
