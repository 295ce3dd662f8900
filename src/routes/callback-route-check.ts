import { invalidOption } from '../common/errors.js';
import type { ResolvedOssCallbackOptions } from '../options/options.js';
import { type CallbackRoute, DEFAULT_ROUTE_NAME, isOpen } from './callback-routes.js';
import { toPublicPath } from './public-path.js';

/**
 * The URLs that OSS is told to call unless an upload says otherwise: the options' ones, held against the app's
 * routes; else the `@OssCallback` route without a name; else the only one.
 * @param routes absent where this process serves no HTTP: nothing is known then of prefixes and versions
 * @returns none where that leaves none
 * @throws OssCallbackError `INVALID_OPTIONS` where no route answers one of them
 */
export function findDefaultCallbackUrls(
  options: ResolvedOssCallbackOptions,
  routes: readonly CallbackRoute[] | undefined,
): string[] {
  const { urls } = options.callback;
  if (!routes) return urls.map((url) => (url.startsWith('/') ? publicUrlOf(options, url) : url));
  const answering = routes.filter(({ path }) => !isOpen(path));
  if (urls.length > 0) return urls.map((url) => checkAnswered(url, options, routes, answering));
  const own = answering.filter(({ kind }) => kind === 'callback');
  const unnamed = own.find(({ name }) => name === DEFAULT_ROUTE_NAME);
  const route = unnamed ?? (own.length === 1 ? own[0] : undefined);
  return route ? [publicUrlOf(options, route.path)] : [];
}

function checkAnswered(
  url: string,
  options: ResolvedOssCallbackOptions,
  routes: readonly CallbackRoute[],
  answering: readonly CallbackRoute[],
): string {
  const complete = !url.startsWith('/');
  if (complete && !url.startsWith(`${options.publicUrl}/`)) return url; // another process answers
  const path = complete ? url.slice(options.publicUrl.length) : url;
  const [pathname = ''] = path.split('?');
  const isAnswered = (candidate: string) => candidate.toLowerCase() === pathname.toLowerCase();
  if (!routes.some((route) => isAnswered(complete ? options.publicPath(route.path) : route.path))) {
    throw invalidOption('callback.url', noRoute(pathname, answering));
  }
  return complete ? url : publicUrlOf(options, path);
}

export function publicUrlOf(
  options: Pick<ResolvedOssCallbackOptions, 'publicUrl' | 'publicPath'>,
  path: string,
): string {
  return options.publicUrl + toPublicPath(options, path);
}

function noRoute(path: string, routes: readonly CallbackRoute[]): string {
  const [near] = routes
    .map((route) => route.path)
    .toSorted((one, other) => likeness(other, path) - likeness(one, path));
  return near === undefined
    ? `is "${path}", but the app has no @OssCallback route. Put @OssCallback() on a controller's method.`
    : `is "${path}": no @OssCallback route answers ${path}; did you mean ${near}?`;
}

/** How many characters two paths share at their beginning and at their end. */
function likeness(one: string, other: string): number {
  const shortest = Math.min(one.length, other.length);
  const countShared = (at: (text: string, index: number) => string | undefined): number => {
    let index = 0;
    while (index < shortest && at(one, index) === at(other, index)) index += 1;
    return index;
  };
  return (
    countShared((text, index) => text[index]) + countShared((text, index) => text.at(-1 - index))
  );
}
