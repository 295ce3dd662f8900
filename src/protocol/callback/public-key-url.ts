import { decodeCanonicalBase64 } from './callback-signature.js';

/** The host of the public key URLs that OSS sends. */
export const PUBLIC_KEY_HOST = 'gosspublic.alicdn.com';

/** Where a version of the key stands, below the host. */
export function publicKeyPath(version: number): string {
  return `/callback_pub_key_v${version}.pem`;
}

const PATH = /^\/callback_pub_key_v[1-9][0-9]?\.pem$/;

/**
 * Reads the header `x-oss-pub-key-url` and validates the URL in it: exact host, nothing but scheme, host and
 * `/callback_pub_key_v<1-99>.pem`. The raw text is compared, because a URL parser would accept what an attacker may
 * write (`https://gosspublic.alicdn.com@evil/`, a port, an escaped path).
 *
 * @param header base64, as received
 * @param trustedHosts hosts that may serve keys besides the vendor's
 * @returns the URL, always with https, because keys are only fetched that way; `undefined` if it is not trusted
 */
export function readPublicKeyUrl(
  header: string,
  trustedHosts: readonly string[] = [],
): string | undefined {
  const url = decodeCanonicalBase64(header)?.toString('latin1');
  const match = url === undefined ? null : /^https?:\/\/([a-z0-9.-]+)(\/[\x21-\x7e]*)$/.exec(url);
  const [, host = '', path = ''] = match ?? [];
  if (!PATH.test(path)) return undefined;
  return host === PUBLIC_KEY_HOST || trustedHosts.includes(host)
    ? `https://${host}${path}`
    : undefined;
}

/**
 * Whether a URL names a key below a base address, such as that of a local OSS: the base, then only
 * `/callback_pub_key_v<1-99>.pem`.
 * @param base scheme, host and port, without a slash at its end
 */
export function isPublicKeyUrlUnder(base: string, url: string): boolean {
  return url.startsWith(base) && PATH.test(url.slice(base.length));
}

const SHIPPED_KEY_V1 = `-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKs/JBGzwUB2aVht4crBx3oIPBLNsjGs
C0fTXv+nvlmklvkcolvpvXLTjaxUHR3W9LXxQ2EHXAJfCB+6H2YF1k8CAwEAAQ==
-----END PUBLIC KEY-----
`;

/**
 * The public keys that OSS publishes and this package includes: URL to PEM. No network is needed to verify callbacks
 * that were signed with them.
 * @category Protocol
 */
export const OSS_CALLBACK_PUBLIC_KEYS: Readonly<Record<string, string>> = Object.freeze({
  [`https://${PUBLIC_KEY_HOST}${publicKeyPath(1)}`]: SHIPPED_KEY_V1,
  [`http://${PUBLIC_KEY_HOST}${publicKeyPath(1)}`]: SHIPPED_KEY_V1,
});

/** A signed request from the vendor's documentation, which a correct verifier accepts. */
export const PUBLISHED_CALLBACK = Object.freeze({
  url: '/index.php?id=1&index=2',
  body: 'bucket=yonghu-test',
  authorization:
    'kKQeGTRccDKyHB3H9vF+xYMSrmhMZjzzl2/kdD1ktNVgbWEfYTQG0G2SU/RaHBovRCE8OkQDjC3uG33esH2txA==',
});
