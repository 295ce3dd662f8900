import {
  type CallHandler,
  ClassSerializerInterceptor,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { ApplicationConfig, type ModuleRef } from '@nestjs/core';
import { from, mergeAll } from 'rxjs';

/**
 * The app's `ClassSerializerInterceptor`s around a callback route, the outermost first. The answer leaves before they
 * see it, and fields under `@Exclude()` must not leave with it.
 */
export function findSerializers(
  context: ExecutionContext,
  moduleRef: ModuleRef,
): ClassSerializerInterceptor[] {
  const enhancers = [
    ...moduleRef.get(ApplicationConfig, { strict: false }).getGlobalInterceptors(),
    ...[context.getClass(), context.getHandler()].flatMap(
      (target) => (Reflect.getMetadata(INTERCEPTORS_METADATA, target) ?? []) as unknown[],
    ),
  ];
  return enhancers
    .map((enhancer) =>
      isSerializerType(enhancer) ? moduleRef.get(enhancer, { strict: false }) : enhancer,
    )
    .filter((enhancer) => enhancer instanceof ClassSerializerInterceptor);
}

function isSerializerType(enhancer: unknown): enhancer is Type<ClassSerializerInterceptor> {
  return (
    enhancer === ClassSerializerInterceptor ||
    (typeof enhancer === 'function' && enhancer.prototype instanceof ClassSerializerInterceptor)
  );
}

/** The method, with these around it. */
export function serialized(
  method: CallHandler,
  serializers: readonly ClassSerializerInterceptor[],
  context: ExecutionContext,
): CallHandler {
  return serializers.reduceRight<CallHandler>(
    (inner, serializer) => ({
      handle: () => from(Promise.resolve(serializer.intercept(context, inner))).pipe(mergeAll()),
    }),
    method,
  );
}
