import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { invalidOptions } from '../common/errors.js';
import type { ResolvedOssCallbackOptions } from '../options/resolved.js';
import { getHandlerFilter, type OnUploadCompletedFilter } from './on-upload-completed.decorator.js';
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
  scanner: MetadataScanner,
  { buckets }: Pick<ResolvedOssCallbackOptions, 'buckets'>,
): UploadHandler[] {
  const handlers: UploadHandler[] = [];
  const mistakes = new Set<string>();
  const seen = new Set<object>();
  /** Classes that Nest instantiated itself, as opposed to factories of the app. */
  const classes = new Set<unknown>();
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const prototype = prototypeOf(wrapper);
    if (!prototype) continue;
    for (const method of scanner.getAllMethodNames(prototype)) {
      const filter = getHandlerFilter(prototype[method] as object);
      if (!filter) continue;
      const name = `${(prototype.constructor as { name: string }).name}.${method}`;
      const instance = wrapper.instance as Record<string, Method>;
      if (seen.has(instance)) continue; // one provider under two tokens
      const mistake = checkHandler(name, filter, buckets, {
        isSingleton: wrapper.isDependencyTreeStatic() && !wrapper.isTransient,
        isCreatedTwice: !wrapper.inject && classes.has(wrapper.metatype),
      });
      if (mistake !== undefined) mistakes.add(mistake);
      handlers.push({
        name,
        filter,
        run: (upload, manager) => instance[method]!(upload, manager),
      });
    }
    if (wrapper.instance) seen.add(wrapper.instance as object);
    if (!wrapper.inject) classes.add(wrapper.metatype);
  }
  if (mistakes.size > 0) throw invalidOptions([...mistakes]);
  return handlers;
}

/** The prototype of the class; for a factory provider, of the instance. */
function prototypeOf({ metatype, instance, inject }: Wrapper): Record<string, unknown> | undefined {
  const made = inject ? (instance as object | undefined) : undefined;
  const prototype: unknown =
    made && typeof made === 'object'
      ? Object.getPrototypeOf(made)
      : (metatype as { prototype?: unknown } | null)?.prototype;
  return prototype && prototype !== Object.prototype
    ? (prototype as Record<string, unknown>)
    : undefined;
}

function checkHandler(
  name: string,
  { bucket }: OnUploadCompletedFilter,
  buckets: ResolvedOssCallbackOptions['buckets'],
  { isSingleton, isCreatedTwice }: { isSingleton: boolean; isCreatedTwice: boolean },
): string | undefined {
  if (!isSingleton) {
    return `${name} has @OnUploadCompleted, but its class is request-scoped or transient, or depends on one that is. Uploads also complete outside of requests: make the class and what it injects singletons, or move the method to a class of its own.`;
  }
  if (isCreatedTwice) {
    return `${name} has @OnUploadCompleted, but Nest creates its class twice, so it would run twice for each upload. Provide the class under one token in one module, which exports it to the others.`;
  }
  return bucket === undefined || buckets.has(bucket)
    ? undefined
    : `${name} has @OnUploadCompleted for the bucket ${JSON.stringify(bucket)}, but the option "buckets" names ${[...buckets.keys()].join(', ')}.`;
}
