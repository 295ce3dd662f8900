import 'reflect-metadata';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

const ROUTE = Symbol('ossCallback:route');
const VARIABLES_TYPE = Symbol('ossCallback:variablesType');

/** What `@OssCallback` notes on its method. */
export interface OssCallbackRouteOptions {
  /** By which an upload request chooses this route. Uploads that choose none go to the route without a name. */
  name?: string;
}

export function setRouteMetadata(method: object, options: OssCallbackRouteOptions): void {
  Reflect.defineMetadata(ROUTE, options, method);
}

export function getRouteMetadata(method: object): OssCallbackRouteOptions | undefined {
  return Reflect.getMetadata(ROUTE, method) as OssCallbackRouteOptions | undefined;
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
