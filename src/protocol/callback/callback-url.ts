/** A parsed callback URL. Its path is unchanged, since OSS requests and signs it as written. */
export interface CallbackUrlParts {
  protocol: 'http:' | 'https:';
  hostname: string;
  port: number;
  /** Path with query, as in the request line; `/` if the URL has no path. */
  path: string;
}

const PATTERN =
  /^(?:(https?):\/\/)?(\[[0-9a-f:.]+\]|[^\s/?#:@[\]]+)(?::(\d{1,5}))?([/?][^\s#]*)?$/i;

/**
 * Parses one callback URL; `undefined` if OSS would answer "The callback url configuration is invalid."
 * The scheme is optional and defaults to http. `new URL()` is not used because it rewrites paths.
 */
export function parseCallbackUrl(url: string): CallbackUrlParts | undefined {
  const match = PATTERN.exec(url);
  if (!match) return undefined;
  const [, scheme = 'http', hostname = '', portText, rest = ''] = match;
  if (!hostname.includes('.') && !hostname.startsWith('[') && hostname !== 'localhost') {
    return undefined;
  }
  const protocol = scheme.toLowerCase() === 'https' ? 'https:' : 'http:';
  const port = portText ? Number(portText) : protocol === 'https:' ? 443 : 80;
  if (port < 1 || port > 65_535) return undefined;
  return { protocol, hostname, port, path: callbackPath(rest) };
}

/** Path with query of a callback URL as OSS requests and signs it; it begins with `/` even if the URL has no path. */
export function callbackPath(url: string): string {
  const [, rest = ''] = /^(?:https?:\/\/)?[^/?]*(.*)$/is.exec(url) ?? [];
  return rest.startsWith('/') ? rest : `/${rest}`;
}
