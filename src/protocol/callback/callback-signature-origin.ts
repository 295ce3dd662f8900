import { type KeyObject, publicDecrypt } from 'node:crypto';
import { decodeCanonicalBase64 } from './callback-signature.js';

/** The prefix of an MD5 digest in a PKCS #1 v1.5 signature (RFC 8017, section 9.2). */
const MD5_DIGEST_INFO = Buffer.from('3020300c06082a864886f70d020505000410', 'hex');
const MD5_BYTES = 16;

/**
 * Whether a signature was made with the private key, over any bytes. This distinguishes a genuine signature over
 * another request from one that was forged, truncated or made with another key; it proves nothing about a request.
 * @param authorization the Authorization header as received
 */
export function isSignatureOf(publicKey: KeyObject, authorization: string): boolean {
  const signature = decodeCanonicalBase64(authorization);
  if (!signature || publicKey.asymmetricKeyType !== 'rsa') return false;
  try {
    const signed = publicDecrypt(publicKey, signature);
    const prefix = signed.subarray(0, MD5_DIGEST_INFO.byteLength);
    return (
      signed.byteLength === MD5_DIGEST_INFO.byteLength + MD5_BYTES && prefix.equals(MD5_DIGEST_INFO)
    );
  } catch {
    return false; // wrong padding or length
  }
}
