import { type Checked, combine, mistaken, valid } from './checked.js';
import type { PublicPath } from '../options.js';
import { shown } from './values.js';

/**
 * The option `publicPath` as a function from the path that Nest sees to the path that OSS requested. A prefix is
 * removed only before a slash: `/api` is not a prefix of `/apiary`.
 */
export function checkPublicPath(
  publicPath: PublicPath | undefined,
): Checked<(path: string) => string> {
  if (publicPath === undefined) return valid((path) => path);
  if (typeof publicPath === 'function') return valid(publicPath);
  if (typeof publicPath !== 'object' || publicPath === null) {
    return mistaken(
      'publicPath',
      `is ${shown(publicPath)}. Write { addPrefix: "/api" }, { removePrefix: "/api" } or a function.`,
    );
  }
  const prefixes = combine({
    addPrefix: checkPrefix('publicPath.addPrefix', publicPath.addPrefix),
    removePrefix: checkPrefix('publicPath.removePrefix', publicPath.removePrefix),
  });
  if (!prefixes.ok) return prefixes;
  const { addPrefix, removePrefix } = prefixes.value;
  return valid((path) => {
    const isInside = path === removePrefix || path.startsWith(`${removePrefix}/`);
    const rest = removePrefix && isInside ? path.slice(removePrefix.length) : path;
    return `${addPrefix}${rest}` || '/';
  });
}

/** @returns an empty string if there is no prefix */
function checkPrefix(option: string, prefix: unknown): Checked<string> {
  if (prefix === undefined || prefix === '') return valid('');
  return typeof prefix === 'string' && /^\/[^\s?#]*[^\s?#/]$/.test(prefix)
    ? valid(prefix)
    : mistaken(
        option,
        `is ${shown(prefix)}. Begin it with a slash and end it without one, as in "/api".`,
      );
}
