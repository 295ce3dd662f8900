import type { World } from '../world.js';

export type Platform = 'Express' | 'Fastify';

/** What answers the callbacks. */
export type ServerContender =
  { kind: 'floor' } | { kind: 'nest'; platform: Platform } | HandWrittenContender | ModuleContender;

/** What an app has without this package. */
export interface HandWrittenContender {
  kind: 'hand-written';
  platform: Platform;
}

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
