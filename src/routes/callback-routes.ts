import { Injectable, RequestMethod, type Type } from '@nestjs/common';
import {
  GUARDS_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import {
  getRouteMetadata,
  getVariablesType,
  isCallbackGuard,
  routeNameOf,
} from './callback-metadata.js';
import {
  findAnswerProblem,
  findHostProblem,
  findLostRoute,
  findVersionProblem,
} from './route-problems.js';
import { matchesRoute, toRoutePattern } from './route-pattern.js';
import { ignoresCase } from './router-settings.js';
import type { CustomVariablesType } from '../variables/custom-variables.dto.js';

/** A route whose requests are callbacks. */
export interface CallbackRoute {
  /** `callback` under `@OssCallback`; `guarded` where the guard is used alone and the app answers. */
  kind: 'callback' | 'guarded';
  /** Empty for a guarded one. */
  name: string;
  /** Path as Nest serves it: with global prefix, version and module path; may hold parameters. */
  path: string;
  /** Whether the platform takes the path in any case. */
  ignoresCase: boolean;
  controller: Type;
  /** For messages: `AvatarsController.onUpload`. The names of two classes may be the same. */
  method: string;
  /** Why OSS cannot get an answer there. */
  mistake?: string;
  /** The class that its parameter under `@CallbackVariables()` is declared with. */
  variablesType?: CustomVariablesType;
}

/** Any route that answers a POST. */
type PostRoute = Omit<CallbackRoute, 'kind'> & { kind: CallbackRoute['kind'] | 'host' };

/** Finds the app's callback routes among its controllers, with the paths that Nest gives them. */
@Injectable()
export class CallbackRoutes {
  private lastMatch: { target: string; route: CallbackRoute } | undefined;
  private found: { routes: CallbackRoute[]; matchers: Matcher[] } | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Call it once prefix and versions are set; Nest sets them before it configures middleware. */
  all(): readonly CallbackRoute[] {
    return this.find().routes;
  }

  /**
   * The callback route that handles a POST. If a route of the host matches too, the platform's precedence
   * decides, so that `@OssCallback(':tenant')` does not shadow `@Post('login')`.
   *
   * @param target path as the platform's router reads it, or the route that it has chosen; may have a query
   */
  match(target: string): CallbackRoute | undefined {
    // Nearly all requests have the same few targets.
    if (this.lastMatch?.target === target) return this.lastMatch.route;
    const route = this.findMatch(target);
    if (route) this.lastMatch = { target, route };
    return route;
  }

  /** What may keep callbacks from the app's methods, for the log. */
  warnings(publicUrl: string): string[] {
    const warnings = this.controllers().flatMap((wrapper) => {
      const controller = wrapper.metatype;
      const methods = this.scanner.getAllMethodNames(controller.prototype as object);
      return methods.flatMap((method) => [
        findLostRoute(controller, method),
        findHostProblem(controller, method, publicUrl),
      ]);
    });
    return warnings.filter((warning) => warning !== undefined);
  }

  private findMatch(target: string): CallbackRoute | undefined {
    const [path = ''] = target.split('?');
    const matching = this.find().matchers.filter(({ matches }) => matches(path));
    if (matching.length > 1 && this.prefersSpecificRoutes()) {
      matching.sort((one, other) => one.wildness - other.wildness);
    }
    const route = matching[0]?.route;
    return route && isCallbackRoute(route) ? route : undefined;
  }

  /** Fastify always takes the most specific route, Express the first one, unless the app is configured otherwise. */
  private prefersSpecificRoutes(): boolean {
    return (
      this.adapterHost.httpAdapter?.getType() === 'fastify' ||
      this.config.getRouteResolutionStrategy?.() === 'specificity'
    );
  }

  private find() {
    if (!this.found) {
      const routes = this.controllers().flatMap(({ metatype, host }) =>
        this.routesOf(metatype, this.modulePathOf(host?.metatype)),
      );
      const callbackRoutes = routes.filter(isCallbackRoute);
      this.found = {
        routes: callbackRoutes,
        matchers: routes.map(toMatcher).filter(
          ({ route, matches }) =>
            isCallbackRoute(route) ||
            // the host's routes count where they can be meant as well
            callbackRoutes.some(({ path }) => isOpen(path) || matches(path)),
        ),
      };
    }
    return this.found;
  }

  private controllers() {
    return this.discovery
      .getControllers()
      .filter((wrapper): wrapper is typeof wrapper & { metatype: Type } =>
        Boolean((wrapper.metatype as Type | null)?.prototype),
      );
  }

  private routesOf(controller: Type, modulePath: string | undefined): PostRoute[] {
    const prototype = controller.prototype as Record<string, object>;
    return this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method = prototype[name]!;
      const options = getRouteMetadata(method);
      const httpMethod = Reflect.getMetadata(METHOD_METADATA, method) as RequestMethod | undefined;
      if (httpMethod !== RequestMethod.POST && httpMethod !== RequestMethod.ALL) return [];
      const kind = options ? 'callback' : isGuarded(controller, method) ? 'guarded' : 'host';
      const mistake =
        (kind === 'callback' ? findAnswerProblem(controller, name) : undefined) ??
        findVersionProblem(controller, name, this.config.getVersioning());
      const path = Reflect.getMetadata(PATH_METADATA, method) as string | string[] | undefined;
      if (path === undefined) return [];
      return this.pathsOf(controller, method, path, modulePath).map((fullPath) => ({
        kind,
        name: routeNameOf(method),
        path: fullPath,
        ignoresCase: ignoresCase(this.adapterHost.httpAdapter),
        controller,
        method: `${controller.name}.${name}`,
        mistake,
        variablesType: getVariablesType(prototype, name),
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

/**
 * The path as the platforms' routers read it: both end it at a `#`, Fastify decodes escapes but those of delimiters,
 * Express may read a backslash as a slash.
 */
function pathOf(url: string): string {
  const [path = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/);
  try {
    return decodeURI(path.replaceAll('\\', '/'));
  } catch {
    return path; // no router matches it
  }
}

/** Whether a route takes requests to a URL, by its path alone. */
export function answersUrl(
  route: Pick<CallbackRoute, 'path' | 'ignoresCase'>,
  url: string,
): boolean {
  return matcherOf(route)(pathOf(url));
}

/** Whether one method of one controller answers both; a route may have several paths. */
export function haveSameMethod(one: CallbackRoute, other: CallbackRoute): boolean {
  return one.controller === other.controller && one.method === other.method;
}

/** Whether a path holds parameters, wildcards or optional parts. */
export function isOpen(path: string): boolean {
  return /[:*{]/.test(path);
}

interface Matcher {
  route: PostRoute;
  matches: (path: string) => boolean;
  /** How unspecific the path is. */
  wildness: number;
}

function toMatcher(route: PostRoute): Matcher {
  const wildness = (route.path.match(/:/g) ?? []).length + (route.path.includes('*') ? 100 : 0);
  return { route, matches: matcherOf(route), wildness };
}

function matcherOf({ path, ignoresCase: ignores }: Pick<CallbackRoute, 'path' | 'ignoresCase'>) {
  const pattern = toRoutePattern(ignores ? path.toLowerCase() : path);
  return (text: string) => matchesRoute(pattern, ignores ? text.toLowerCase() : text);
}

function isCallbackRoute(route: PostRoute): route is CallbackRoute {
  return route.kind !== 'host';
}

function isGuarded(controller: Type, method: object): boolean {
  return [controller, method].some((target) =>
    ((Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as unknown[]).some(isCallbackGuard),
  );
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
