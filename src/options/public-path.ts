import { invalidOption } from '../common/errors.js';
import type { PublicPath } from './options.js';
import { shown } from './values.js';

/**
 * The option `publicPath` as a function from the path that Nest sees to the one that OSS requested. A prefix is taken
 * off where the path lies below it: `/api` is no prefix of `/apiary`.
 * @throws OssCallbackError `INVALID_OPTIONS`
 */
export function resolvePublicPath(publicPath: PublicPath | undefined): (path: string) => string {
  if (publicPath === undefined) return (path) => path;
  if (typeof publicPath === 'function') return publicPath;
  if (typeof publicPath !== 'object' || publicPath === null) {
    throw invalidOption(
      'publicPath',
      `is ${shown(publicPath)}. Write { addPrefix: "/api" }, { removePrefix: "/api" } or a function.`,
    );
  }
  const { addPrefix = '', removePrefix = '' } = publicPath;
  for (const [option, prefix] of Object.entries({ addPrefix, removePrefix })) {
    if (prefix !== '' && !isPrefix(prefix)) {
      throw invalidOption(
        `publicPath.${option}`,
        `is ${JSON.stringify(prefix)}. Begin it with a slash and end it without one, as in "/api".`,
      );
    }
  }
  return (path) => {
    const inside = path === removePrefix || path.startsWith(`${removePrefix}/`);
    const rest = removePrefix && inside ? path.slice(removePrefix.length) : path;
    return `${addPrefix}${rest}` || '/';
  };
}

function isPrefix(prefix: unknown): boolean {
  return typeof prefix === 'string' && /^\/[^\s?#]*[^\s?#/]$/.test(prefix);
}
