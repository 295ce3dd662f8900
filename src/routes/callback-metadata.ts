import 'reflect-metadata';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

const ROUTE = Symbol('ossCallback:route');
const DECLARED = Symbol('ossCallback:declaredRoute');
const VARIABLES_TYPE = Symbol('ossCallback:variablesType');
const GUARD = Symbol('ossCallback:guard');

/**
 * Options of {@link OssCallback}.
 * @category Callback routes
 */
export interface OssCallbackRouteOptions {
  /** The name by which an upload request selects this route. Uploads that select none use the route without a name. */
  name?: string;
  /** Whether `@nestjs/swagger` describes this route, which is for OSS alone. Default false. */
  inOpenApi?: boolean;
}

export interface CallbackRouteMetadata extends OssCallbackRouteOptions {
  /** The class that the method's parameter under `@CallbackVariables()` is declared with. */
  variablesType?: CustomVariablesType;
}

export function setRouteMetadata(method: object, metadata: CallbackRouteMetadata): void {
  Reflect.defineMetadata(ROUTE, metadata, method);
}

/** Notes by name that a method is meant to be a route: metadata on the method is lost if a decorator replaces it. */
export function declareRoute(prototype: object, method: string | symbol): void {
  Reflect.defineMetadata(DECLARED, true, prototype, method);
}

export function isDeclaredRoute(prototype: object, method: string): boolean {
  return Reflect.hasMetadata(DECLARED, prototype, method);
}

/** Each callback asks for it, and Reflect takes its time. */
const known = new WeakMap<object, CallbackRouteMetadata>();

export function getRouteMetadata(method: object): CallbackRouteMetadata | undefined {
  let metadata = known.get(method);
  if (metadata) return metadata;
  metadata = Reflect.getMetadata(ROUTE, method) as CallbackRouteMetadata | undefined;
  if (metadata) known.set(method, metadata);
  return metadata;
}

/** The name of routes without one. */
export const DEFAULT_ROUTE_NAME = 'default';

/** Empty for a method that is no `@OssCallback` route. */
export function routeNameOf(method: object): string {
  const route = getRouteMetadata(method);
  return route ? (route.name ?? DEFAULT_ROUTE_NAME) : '';
}

/** The class that a parameter under `@CallbackVariables()` is declared with. */
export function setVariablesType(
  prototype: object,
  method: string | symbol,
  type: CustomVariablesType,
): void {
  Reflect.defineMetadata(VARIABLES_TYPE, type, prototype, method);
}

export function getVariablesType(
  prototype: object,
  method: string | symbol,
): CustomVariablesType | undefined {
  return Reflect.getMetadata(VARIABLES_TYPE, prototype, method) as CustomVariablesType | undefined;
}

/** Marks a guard that only lets genuine callbacks pass, and with it all subclasses. */
export function CallbackGuard(): ClassDecorator {
  return (guard) => Reflect.defineMetadata(GUARD, true, guard);
}

/** @param guard a class or an instance, as `@UseGuards` takes them */
export function isCallbackGuard(guard: unknown): boolean {
  const type: unknown = typeof guard === 'object' ? guard?.constructor : guard;
  return typeof type === 'function' && Reflect.getMetadata(GUARD, type) === true;
}
