import { invalidOptions } from '../common/errors.js';
import {
  type Checked,
  combineAll,
  describeMistake,
  mistaken,
  mistakesOf,
  valid,
} from '../options/checks/checked.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { splitTarget } from '../protocol/callback/request-target.js';
import { findBodyProblem } from '../variables/check-callback-body.js';
import { propertiesByValidators } from '../variables/openapi.js';
import { toVariableName } from '../variables/variable-names.js';
import { DEFAULT_ROUTE_NAME } from './callback-metadata.js';
import { answersUrl, type CallbackRoute, haveSameMethod, isOpen } from './callback-routes.js';
import type { CallbackTarget, NamedTargets } from './callback-targets.js';
import { toPublicPath } from './public-path.js';

/**
 * The possible callback targets: the app's `@OssCallback` routes by name, and the URLs of uploads that name none.
 * @param routes absent if this process serves no HTTP: prefixes and versions are unknown then
 * @throws OssCallbackError `INVALID_OPTIONS` with every name that two routes have, every route that OSS cannot
 *   reach, every URL of the options that no route answers, and what makes bodies unreadable
 */
export function findCallbackTargets(
  options: ResolvedOssCallbackOptions,
  routes: readonly CallbackRoute[] | undefined,
): NamedTargets {
  const own = (routes ?? []).filter(({ kind }) => kind === 'callback');
  const byDefault = findDefaultTargets(options, routes);
  const variable = options.variableOf('callback.url');
  const mistakes = [
    ...findDuplicateNames(own),
    ...new Set((routes ?? []).flatMap(({ mistake }) => mistake ?? [])),
    ...mistakesOf(byDefault).map((mistake) => describeMistake({ ...mistake, variable })),
    ...findBodyMistakes(options, own),
  ];
  if (!byDefault.ok || mistakes.length > 0) throw invalidOptions(mistakes);
  // There are no values for a path's parameters.
  const named = own.filter(({ path }) => !isOpen(path));
  return {
    byName: new Map(named.map((route) => [route.name, targetOf(options, route)])),
    byDefault: byDefault.value,
  };
}

/** With no custom variables, and with those of each route. */
function findBodyMistakes(
  { callback }: ResolvedOssCallbackOptions,
  routes: readonly CallbackRoute[],
): string[] {
  const option = callback.template ? 'callback.body' : 'callback.names';
  const problem = findBodyProblem(callback, []);
  if (problem !== undefined) {
    return [describeMistake({ option, problem: `breaks every callback: ${problem}.` })];
  }
  const types = new Set(routes.flatMap(({ variablesType }) => variablesType ?? []));
  return [...types].flatMap((type) => {
    const names = Object.keys(propertiesByValidators(type)).flatMap(
      (property) => toVariableName(property) ?? [],
    );
    const ofType = findBodyProblem(callback, names);
    return ofType === undefined
      ? []
      : describeMistake({
          option,
          problem: `breaks each callback with the variables of ${type.name}: ${ofType}.`,
        });
  });
}

function findDuplicateNames(routes: readonly CallbackRoute[]): string[] {
  const byName = new Map(routes.map((route) => [route.name, route]));
  return routes.flatMap((route) => {
    const { name, method } = route;
    const twin = byName.get(name)!;
    return haveSameMethod(route, twin)
      ? []
      : `${method} and ${twin.method} have the same @OssCallback name "${name}". Give one of them another: @OssCallback(path, { name }).`;
  });
}

/**
 * The options' URLs, checked against the app's routes; else the `@OssCallback` route without a name; else the only one.
 * @returns an empty list if the app has several, or none
 */
function findDefaultTargets(
  options: ResolvedOssCallbackOptions,
  routes: readonly CallbackRoute[] | undefined,
): Checked<CallbackTarget[]> {
  const { urls } = options.callback;
  if (!routes) {
    const urlOf = (url: string) => (url.startsWith('/') ? publicUrlOf(options, url) : url);
    return valid(urls.map((url) => ({ url: urlOf(url) })));
  }
  if (urls.length > 0) return combineAll(urls.map((url) => findAnswering(url, options, routes)));
  const own = routes.filter(({ kind, path }) => kind === 'callback' && !isOpen(path));
  const unnamed = own.find(({ name }) => name === DEFAULT_ROUTE_NAME);
  const route = unnamed ?? (own.length === 1 ? own[0] : undefined);
  return valid(route ? [targetOf(options, route)] : []);
}

function targetOf(
  options: ResolvedOssCallbackOptions,
  { name, path, variablesType }: CallbackRoute,
): CallbackTarget {
  return { url: publicUrlOf(options, path), route: name, variablesType };
}

function findAnswering(
  url: string,
  options: ResolvedOssCallbackOptions,
  routes: readonly CallbackRoute[],
): Checked<CallbackTarget> {
  const isComplete = !url.startsWith('/');
  if (isComplete && !url.startsWith(`${options.publicUrl}/`)) return valid({ url }); // another process answers
  const path = isComplete ? url.slice(options.publicUrl.length) : url;
  const answering = routes.filter((route) =>
    answersUrl(isComplete ? { ...route, path: toPublicPath(options, route.path) } : route, path),
  );
  const [first, ...others] = answering;
  if (!first) return mistaken('callback.url', noRoute(splitTarget(path).path, routes));
  const [, parameter] = /\/([:*{][^/?]*)/.exec(path) ?? [];
  if (parameter !== undefined && answering.some((route) => isOpen(route.path))) {
    return mistaken(
      'callback.url',
      `is "${url}", and OSS would request exactly that. Write a value in place of ${parameter}.`,
    );
  }
  const target: CallbackTarget = { url: isComplete ? url : publicUrlOf(options, path) };
  // Which of several routes matches may depend on the platform, or on headers.
  if (others.some((other) => !haveSameMethod(first, other))) return valid(target);
  return valid({ ...target, route: first.name, variablesType: first.variablesType });
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
    .filter((candidate) => !isOpen(candidate))
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
