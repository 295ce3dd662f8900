import { RequestMethod, type Type } from '@nestjs/common';
import {
  GUARDS_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import {
  ApplicationConfig,
  DiscoveryService,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import { getRouteMetadata } from './callback-metadata.js';
import { OssCallbackGuard } from './oss-callback.guard.js';

/** The name of routes that were given none. */
export const DEFAULT_ROUTE_NAME = 'default';

/** A route whose requests are callbacks. */
export interface CallbackRoute {
  /** `callback` under `@OssCallback`; `guarded` where the guard is used alone and the app answers. */
  kind: 'callback' | 'guarded';
  name: string;
  /** Path as Nest serves it: with global prefix, version and module path; may hold parameters. */
  path: string;
  /** For messages: `AvatarsController.onUpload`. */
  method: string;
}

/** Finds the app's callback routes among its controllers, with the paths that Nest gives them. */
export class CallbackRoutes {
  private found: { routes: CallbackRoute[]; matchers: Matcher[] } | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
  ) {}

  /** Prefix and versions must be set by now; Nest sets them before it configures middleware. */
  all(): readonly CallbackRoute[] {
    return this.find().routes;
  }

  /** @param url path with query, as received */
  match(url: string): CallbackRoute | undefined {
    const queryStart = url.indexOf('?');
    const path = queryStart === -1 ? url : url.slice(0, queryStart);
    return this.find().matchers.find(({ pattern }) => pattern.test(path))?.route;
  }

  private find() {
    if (!this.found) {
      const routes = this.discovery.getControllers().flatMap((wrapper) => {
        const controller = wrapper.metatype as Type | null;
        if (!controller?.prototype) return [];
        const modulePath = this.modulePathOf(wrapper.host?.metatype);
        return this.routesOf(controller, modulePath);
      });
      this.found = {
        routes,
        matchers: routes.map((route) => ({ route, pattern: toPattern(route.path) })),
      };
    }
    return this.found;
  }

  private routesOf(controller: Type, modulePath: string | undefined): CallbackRoute[] {
    const prototype = controller.prototype as Record<string, object>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = prototype[name]!;
      const options = getRouteMetadata(method);
      if (!options && !isGuarded(controller, method)) return [];
      const path = Reflect.getMetadata(PATH_METADATA, method) as string | string[] | undefined;
      if (path === undefined) return [];
      return this.pathsOf(controller, method, path, modulePath).map((fullPath) => ({
        kind: options ? ('callback' as const) : ('guarded' as const),
        name: options?.name ?? DEFAULT_ROUTE_NAME,
        path: fullPath,
        method: `${controller.name}.${name}`,
      }));
    });
  }

  private pathsOf(
    controller: Type,
    method: object,
    methodPath: string | string[],
    modulePath: string | undefined,
  ): string[] {
    const versioningOptions = this.config.getVersioning();
    const prefix = this.config.getGlobalPrefix();
    return [Reflect.getMetadata(PATH_METADATA, controller) as string | string[]]
      .flat()
      .flatMap((ctrlPath) =>
        [methodPath].flat().flatMap((path) =>
          new RoutePathFactory(this.config).create(
            {
              ctrlPath: withSlash(ctrlPath),
              methodPath: withSlash(path),
              modulePath,
              globalPrefix: prefix ? withSlash(prefix) : '',
              controllerVersion:
                versioningOptions &&
                (Reflect.getMetadata(VERSION_METADATA, controller) ??
                  versioningOptions.defaultVersion),
              methodVersion: Reflect.getMetadata(VERSION_METADATA, method),
              versioningOptions,
            },
            RequestMethod.POST,
          ),
        ),
      );
  }

  private modulePathOf(moduleType: unknown): string | undefined {
    if (typeof moduleType !== 'function') return undefined;
    const own = Reflect.getMetadata(MODULE_PATH + this.modules.applicationId, moduleType);
    return (own ?? Reflect.getMetadata(MODULE_PATH, moduleType)) as string | undefined;
  }
}

interface Matcher {
  route: CallbackRoute;
  pattern: RegExp;
}

function isGuarded(controller: Type, method: object): boolean {
  return [controller, method].some((target) =>
    ((Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[]).some(
      (guard) =>
        guard === OssCallbackGuard ||
        guard instanceof OssCallbackGuard ||
        (typeof guard === 'function' && guard.prototype instanceof OssCallbackGuard),
    ),
  );
}

/** Wide rather than narrow: what matches here and nowhere else is refused by the host's own 404. */
function toPattern(path: string): RegExp {
  const source = path
    .split(/(:\w+|\*\w*|[{}])/)
    .map((part) => {
      if (part.startsWith(':')) return '[^/]+';
      if (part.startsWith('*')) return '.*';
      if (part === '{') return '(?:';
      if (part === '}') return ')?';
      return part.replace(/[$()+.?[\\\]^|]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source === '/' ? '' : source}/?$`, 'i');
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
