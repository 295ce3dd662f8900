import { type Type, VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import {
  HOST_METADATA,
  RESPONSE_PASSTHROUGH_METADATA,
  ROUTE_ARGS_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import type { ApplicationConfig } from '@nestjs/core';
import { getRouteMetadata, isDeclaredRoute } from './callback-metadata.js';
import { matchesRoute, toRoutePattern } from './route-pattern.js';

/** As Nest's `RouteParamtypes`, which it does not export for apps. */
const RESPONSE_OR_NEXT = /^[12]:/;

/** @returns what keeps the method's answer from OSS, for the start of the app to stop with */
export function findAnswerProblem(controller: Type, method: string): string | undefined {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) as object;
  const takesResponse = Object.keys(parameters ?? {}).some((key) => RESPONSE_OR_NEXT.test(key));
  if (!takesResponse) return undefined;
  if (Reflect.getMetadata(RESPONSE_PASSTHROUGH_METADATA, controller, method) === true) {
    return undefined;
  }
  return `${controller.name}.${method} has @OssCallback and injects the response to send it itself, but OSS gets what the method returns. Return the response body, and write @Res({ passthrough: true }) if the method needs the response for something else.`;
}

/** @returns why OSS, which sends no header of the app's, does not reach the version of a route */
export function findVersionProblem(
  controller: Type,
  method: string,
  versioning: ReturnType<ApplicationConfig['getVersioning']>,
): string | undefined {
  const isByHeader =
    versioning?.type === VersioningType.HEADER || versioning?.type === VersioningType.MEDIA_TYPE;
  if (!isByHeader) return undefined;
  const version: unknown =
    Reflect.getMetadata(
      VERSION_METADATA,
      (controller.prototype as Record<string, object>)[method]!,
    ) ??
    Reflect.getMetadata(VERSION_METADATA, controller) ??
    versioning.defaultVersion;
  if (version === undefined) return undefined;
  if ([version].flat().includes(VERSION_NEUTRAL)) return undefined;
  const header =
    versioning.type === VersioningType.HEADER ? `the header "${versioning.header}"` : '"Accept"';
  return `${controller.name}.${method} has the version ${JSON.stringify(version)}, which a request selects by ${header}. OSS sends no such header, so each callback would get 404. Put @Version(VERSION_NEUTRAL) on the method.`;
}

/** @returns a warning for a method under `@OssCallback` that Nest does not know as a route */
export function findLostRoute(controller: Type, method: string): string | undefined {
  const prototype = controller.prototype as Record<string, object>;
  if (!isDeclaredRoute(prototype, method) || getRouteMetadata(prototype[method]!)) return undefined;
  return `${controller.name}.${method} has @OssCallback but is not a route: a decorator above it replaces the method without copying its metadata, or the class overrides it. Put @OssCallback on top, and repeat it on a method that overrides another.`;
}

/** @returns a warning for a controller that serves other hosts alone; a proxy may change the host on the way */
export function findHostProblem(
  controller: Type,
  method: string,
  publicUrl: string,
): string | undefined {
  if (!isDeclaredRoute(controller.prototype as object, method)) return undefined;
  const hosts = [Reflect.getMetadata(HOST_METADATA, controller) as unknown].flat();
  const { hostname } = new URL(publicUrl);
  const serves = (host: unknown) =>
    host instanceof RegExp
      ? host.test(hostname)
      : matchesRoute(toRoutePattern(String(host).toLowerCase()), hostname);
  if (hosts.some((host) => host === undefined || serves(host))) return undefined;
  return `${controller.name}.${method} only serves ${hosts.map(String).join(', ')}, but the option "publicUrl" has OSS call ${hostname}: unless a proxy changes the host, each callback gets 404.`;
}
