import type { EventEmitter } from 'node:events';
import type { LogText } from '../common/log-text.js';
import type { CallbackRendering } from '../protocol/callback/callback-rendering.js';
import type { CallbackHost } from './callbacks/callback-hosts.js';
import type { CallbackKeys } from './callbacks/callback-keys.js';
import type { CallbackRecord, SimulatorEvents } from './events.js';
import type { SimulatorFaults } from './faults/faults.js';
import type { CallbackSigning, SimulatorCredentials } from './options.js';
import type { SimulatorBuckets } from './storage/buckets.js';
import type { MultipartUploads } from './storage/multipart/multipart-uploads.js';
import type { SimulatorObjects } from './storage/objects.js';
import type { StsSessions } from './sts/sts-sessions.js';

/** The parts and settings of a running simulator. */
export interface SimulatorState {
  readonly url: string;
  readonly keys: CallbackKeys;
  readonly objects: SimulatorObjects;
  readonly multipart: MultipartUploads;
  readonly faults: SimulatorFaults;
  readonly callbacks: CallbackRecord[];
  readonly events: EventEmitter<SimulatorEvents>;
  readonly credentials: readonly SimulatorCredentials[];
  readonly sts: StsSessions;
  readonly checkSignatures: boolean;
  readonly buckets: SimulatorBuckets;
  readonly allowedHosts: readonly string[];
  /** Token of the control API, which is off without one. */
  readonly controlToken: string | undefined;
  readonly defaultBucket: string | undefined;
  readonly rendering: Partial<CallbackRendering>;
  readonly signing: CallbackSigning;
  readonly variableConditions: 'enforce' | 'ignore' | 'refuse';
  readonly strict: boolean;
  readonly callbackHosts: readonly CallbackHost[];
  readonly callbackTimeoutMs: number;
  readonly clock: () => Date;
  readonly log: (line: LogText) => void;
  /** Shortens a URL for the log. */
  readonly urlForLog: (url: string) => string;
  /** Aborts when the simulator stops. */
  readonly stopping: AbortSignal;
}
