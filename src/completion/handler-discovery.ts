import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { invalidOption } from '../common/errors.js';
import type { ResolvedOssCallbackOptions } from '../options/options.js';
import { getHandlerFilter, type OnUploadCompletedFilter } from './on-upload-completed.decorator.js';
import type { UploadHandler } from './upload-handlers.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Method = UploadHandler['run'];

/**
 * The methods under `@OnUploadCompleted` of all providers and controllers, in the order of their modules.
 * @throws OssCallbackError `INVALID_OPTIONS` where one belongs to a class that is made anew for each request, or that
 *   Nest makes twice, or its filter names a bucket that is none
 */
export function findUploadHandlers(
  discovery: DiscoveryService,
  scanner: MetadataScanner,
  { buckets }: Pick<ResolvedOssCallbackOptions, 'buckets'>,
): UploadHandler[] {
  const handlers: UploadHandler[] = [];
  const seen = new Set<object>();
  /** Of those that Nest made, and no factory of the app. */
  const classes = new Set<unknown>();
  for (const wrapper of [...discovery.getProviders(), ...discovery.getControllers()]) {
    const prototype = prototypeOf(wrapper);
    if (!prototype) continue;
    for (const method of scanner.getAllMethodNames(prototype)) {
      const filter = getHandlerFilter(prototype[method] as object);
      if (!filter) continue;
      const name = `${(prototype.constructor as { name: string }).name}.${method}`;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) throw madeAnew(name);
      checkFilter(name, filter, buckets);
      const instance = wrapper.instance as Record<string, Method>;
      if (seen.has(instance)) continue; // one provider under two tokens
      if (!wrapper.inject && classes.has(wrapper.metatype)) throw madeTwice(name);
      handlers.push({
        name,
        filter,
        run: (upload, manager) => instance[method]!(upload, manager),
      });
    }
    if (wrapper.instance) seen.add(wrapper.instance as object);
    if (!wrapper.inject) classes.add(wrapper.metatype);
  }
  return handlers;
}

/** Of the class; of the instance where a factory made it. */
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

function madeAnew(name: string) {
  return invalidOption(
    '@OnUploadCompleted',
    `stands on ${name}, whose class is request-scoped or transient, or depends on one that is. Uploads also complete without a request: make it and what it injects singletons, or move the method to a class of its own.`,
  );
}

function madeTwice(name: string) {
  return invalidOption(
    '@OnUploadCompleted',
    `stands on ${name}, whose class is a provider twice, so that it would run twice for each upload. Let one module provide and export it, and the others import that module.`,
  );
}

function checkFilter(
  name: string,
  { bucket }: OnUploadCompletedFilter,
  buckets: ResolvedOssCallbackOptions['buckets'],
): void {
  if (bucket === undefined || buckets.has(bucket)) return;
  throw invalidOption(
    '@OnUploadCompleted',
    `on ${name} is for the bucket ${JSON.stringify(bucket)}. The option "buckets" names ${[...buckets.keys()].join(', ')}.`,
  );
}
