import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { OssCallbackError } from '../oss-callback.errors.js';
import type { LocalOssOptions } from '../oss-callback.options.js';
import { decodeCanonicalBase64 } from '../protocol/callback-signature.js';
import { OSS_CALLBACK_PUBLIC_KEYS, readPublicKeyUrl } from '../protocol/public-key-url.js';
import { quoted } from './log-text.js';

export interface PublicKey {
  key: KeyObject;
  /** SHA-256 of the key (DER, SPKI), hex. */
  fingerprint: string;
}

const MAX_KEY_BYTES = 8_192;
const FETCH_TIMEOUT_MS = 3_000;
/** After a failed fetch the same URL is left alone this long. */
const PAUSE_MS = 30_000;

/**
 * The public keys of OSS by URL. The vendor's known key is part of this package. Another one is fetched once: over
 * https, from a trusted host, without redirects, limited in time and size, one at a time; there are at most 99 URLs.
 */
export class PublicKeys {
  private readonly keys = new Map<string, PublicKey>();
  private readonly failures = new Map<string, { at: number; error: OssCallbackError }>();
  private fetching: Promise<unknown> = Promise.resolve();
  private readonly localUrl: string | undefined;

  constructor(localOss: LocalOssOptions | undefined) {
    for (const [url, pem] of Object.entries(OSS_CALLBACK_PUBLIC_KEYS)) {
      this.keys.set(url, toPublicKey(pem));
    }
    if (!localOss) return;
    this.localUrl = `${localOss.url}/callback_pub_key_v1.pem`;
    if (localOss.publicKey) this.keys.set(this.localUrl, toPublicKey(localOss.publicKey));
  }

  /**
   * @param header `x-oss-pub-key-url` as received
   * @throws OssCallbackError `KEY_NOT_TRUSTED` or `KEY_UNAVAILABLE`
   */
  async find(header: string): Promise<PublicKey> {
    const url = this.trustedUrl(header);
    const known = this.recall(url);
    if (known) return known;
    // Those who waited for their turn take what the one before them got, its failure too.
    const turn = this.fetching.then(() => this.recall(url) ?? this.fetch(url));
    this.fetching = turn.catch(() => undefined);
    return turn;
  }

  private recall(url: string): PublicKey | undefined {
    const known = this.keys.get(url);
    const failure = this.failures.get(url);
    if (!known && failure && Date.now() - failure.at < PAUSE_MS) throw failure.error;
    return known;
  }

  private trustedUrl(header: string): string {
    const named = decodeCanonicalBase64(header)?.toString('latin1');
    if (named !== undefined && named === this.localUrl) return named;
    const url = readPublicKeyUrl(header);
    if (url) return url;
    const isLocal = named !== undefined && /^http:\/\/(127\.|localhost|\[::1\])/.test(named);
    throw new OssCallbackError('KEY_NOT_TRUSTED', 'The public key is not one of OSS.', {
      hint: `x-oss-pub-key-url names ${quoted(named ?? header)}${isLocal ? '; callbacks of a local OSS need the option "localOss" with its address' : ''}`,
    });
  }

  private async fetch(url: string): Promise<PublicKey> {
    try {
      const response = await fetch(url, {
        redirect: 'error',
        signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      const key = toPublicKey(await readLimited(response));
      this.keys.set(url, key);
      return key;
    } catch (cause) {
      const error = new OssCallbackError('KEY_UNAVAILABLE', 'The public key cannot be had now.', {
        hint: `${quoted(url)}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      });
      this.failures.set(url, { at: Date.now(), error });
      throw error;
    }
  }
}

function toPublicKey(pem: string): PublicKey {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('the key is not an RSA key');
  const der = key.export({ type: 'spki', format: 'der' });
  return { key, fingerprint: createHash('sha256').update(der).digest('hex') };
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_KEY_BYTES) throw new Error(`more than ${MAX_KEY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
