import type { ResolvedOssCallbackOptions } from '../oss-callback.options.js';

/** Path with query as OSS requests it, from the one that Nest sees; the option `publicPath` knows the way. */
export function toPublicPath(
  { publicPath }: Pick<ResolvedOssCallbackOptions, 'publicPath'>,
  url: string,
): string {
  const queryStart = url.indexOf('?');
  return queryStart === -1
    ? publicPath(url)
    : publicPath(url.slice(0, queryStart)) + url.slice(queryStart);
}
