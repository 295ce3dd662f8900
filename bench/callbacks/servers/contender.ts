import type { World } from '../world.js';

export type Platform = 'Express' | 'Fastify';

/** What answers the callbacks. */
export type ServerContender =
  { kind: 'floor' | 'vendor' } | { kind: 'nest'; platform: Platform } | ModuleContender;

/** This package. */
export interface ModuleContender {
  kind: 'module';
  platform: Platform;
  /** With one `@OnUploadCompleted` handler that inserts one row. */
  handler: boolean;
  /** Looks each object up in the local OSS. */
  confirms: boolean;
}

export interface ServerOrder {
  contender: ServerContender;
  world: World;
}
