import type { OssCallbackOptions } from '../../src/index.js';
import type { PlatformName } from '../support/platforms.js';

/** Which methods under `@OnUploadCompleted` the app has; see app-handlers.ts and unruly-handlers.ts. */
export type AppHandlers = 'none' | 'effects' | 'some' | 'unruly';

/** What an app process is told, as its one argument (JSON). */
export interface AppSettings {
  platform: PlatformName;
  databaseUrl: string;
  handlers: AppHandlers;
  options: OssCallbackOptions;
}

/** What the parent asks for. */
export type AppQuestion = 'reconcile' | 'heap' | 'cpu';

/** What an app process reports to its parent. */
export type AppMessage =
  | { kind: 'listening'; url: string }
  | { kind: 'reconciled'; outcomes: Record<string, number> }
  | { kind: 'reconcile-failed'; reason: string }
  /** After a garbage collection, in bytes. */
  | { kind: 'heap'; usedBytes: number }
  /** Since the process began. */
  | { kind: 'cpu'; usedMicros: number };
