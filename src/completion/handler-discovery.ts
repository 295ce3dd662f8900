import type { DiscoveryService } from '@nestjs/core';
import { invalidOptions } from '../common/errors.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import {
  getHandlerFilters,
  type OnUploadCompletedFilter,
} from './on-upload-completed.decorator.js';
import type { UploadHandler } from './upload-handlers.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Method = UploadHandler['run'];

/**
 * Finds the `@OnUploadCompleted` methods of all providers and controllers, in the order of their modules.
 * @throws OssCallbackError `INVALID_OPTIONS`, listing every method whose class is request-scoped or transient or is
 *   instantiated twice by Nest, or whose filter names an unknown bucket
 */
export function findUploadHandlers(
  discovery: DiscoveryService,
  { buckets }: Pick<ResolvedOssCallbackOptions, 'buckets'>,
): UploadHandler[] {
  const handlers: UploadHandler[] = [];
  const mistakes = new Set<string>();
  const seen = new Set<object>();
  /** Classes that Nest instantiated itself, as opposed to factories of the app, with their modules. */
  const moduleOf = new Map<unknown, string>();
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const prototype = prototypeOf(wrapper);
    if (!prototype) continue;
    const filtersByMethod = getHandlerFilters(prototype);
    if (filtersByMethod.size === 0) continue;
    const instance = wrapper.instance as Record<string | symbol, Method>;
    if (seen.has(instance)) continue; // one provider under two tokens
    const module = wrapper.host?.name ?? '';
    for (const [method, filters] of filtersByMethod) {
      const name = `${prototype.constructor.name}.${String(method)}`;
      const mistake = checkHandler(name, filters, buckets, {
        isSingleton: wrapper.isDependencyTreeStatic() && !wrapper.isTransient,
        modules: isMadeByApp(wrapper) ? [] : [moduleOf.get(wrapper.metatype), module],
      });
      if (mistake !== undefined) mistakes.add(mistake);
      handlers.push({
        name,
        filters,
        run: (upload, manager) => instance[method]!(upload, manager),
      });
    }
    if (instance) seen.add(instance);
    if (!isMadeByApp(wrapper)) moduleOf.set(wrapper.metatype, module);
  }
  if (mistakes.size > 0) throw invalidOptions([...mistakes]);
  return handlers;
}

/** By a factory, or as a value. */
function isMadeByApp({ metatype, inject }: Wrapper): boolean {
  return !metatype || inject !== undefined;
}

/** The prototype of the class; of the instance where the app made it. */
function prototypeOf(wrapper: Wrapper): object | undefined {
  const made = wrapper.instance as object | null | undefined;
  const prototype: unknown = isMadeByApp(wrapper)
    ? made && typeof made === 'object' && Object.getPrototypeOf(made)
    : wrapper.metatype?.prototype;
  return prototype || undefined;
}

function checkHandler(
  name: string,
  filters: readonly OnUploadCompletedFilter[],
  buckets: ResolvedOssCallbackOptions['buckets'],
  {
    isSingleton,
    modules: [first, second],
  }: { isSingleton: boolean; modules: (string | undefined)[] },
): string | undefined {
  if (!isSingleton) {
    return `${name} has @OnUploadCompleted, but its class is request-scoped or transient, or depends on one that is. Uploads also complete outside of requests: make the class and what it injects singletons, or move the method to a class of its own.`;
  }
  if (first !== undefined) {
    const where = first === second ? `in ${first}` : `in ${first} and in ${second}`;
    return `${name} has @OnUploadCompleted, but Nest creates its class twice, ${where}, so it would run twice for each upload. Provide the class under one token in one module, which exports it to the others.`;
  }
  const unknown = filters.find(({ bucket }) => bucket !== undefined && !buckets.has(bucket));
  return unknown === undefined
    ? undefined
    : `${name} has @OnUploadCompleted for the bucket ${JSON.stringify(unknown.bucket)}, but the option "buckets" names ${[...buckets.keys()].join(', ')}.`;
}
