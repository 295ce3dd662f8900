import { nameAndMessageOf } from '../common/error-text.js';
import { OssCallbackError } from '../common/errors.js';
import { logText, type LogText, quoted, quotedUrl, unquoted } from '../common/log-text.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { splitTarget } from '../protocol/callback/request-target.js';

/**
 * Maps the path with query that Nest sees to the one that OSS requested, by the option `publicPath`. The query is
 * unchanged.
 * @throws OssCallbackError `INVALID_OPTIONS` if the option's function throws, or returns anything but a path
 */
export function toPublicPath(
  { publicPath }: Pick<ResolvedOssCallbackOptions, 'publicPath'>,
  url: string,
): string {
  const { path, query } = splitTarget(url);
  let given: unknown;
  try {
    given = publicPath(path);
  } catch (cause) {
    throw noPath(path, logText`threw ${quoted(nameAndMessageOf(cause))}`, cause);
  }
  if (given === path) return url; // unchanged: any defect in it is the request's
  if (typeof given !== 'string') throw noPath(path, logText`returned ${unquoted(nameOf(given))}`);
  if (!/^\/[^\s?#]*$/.test(given)) throw noPath(path, logText`returned ${quotedUrl(given)}`);
  return given + query;
}

function noPath(path: string, outcome: LogText, cause?: unknown): OssCallbackError {
  return new OssCallbackError(
    'INVALID_OPTIONS',
    'The option "publicPath" does not return a path.',
    {
      hint: logText`for ${quotedUrl(path)} its function ${outcome}; it must return a path that begins with a slash, without a query`,
      cause,
    },
  );
}

function nameOf(value: unknown): string {
  return value instanceof Promise ? 'a promise' : value === null ? 'null' : typeof value;
}
