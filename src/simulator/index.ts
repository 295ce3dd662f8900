/**
 * A local OSS for development and tests, with objects, events and faults that programs can read and inject. Tests of an
 * app usually start it with `startTestOss` of `nestjs-oss-callback/testing`.
 *
 * ```ts
 * import { OssSimulator } from 'nestjs-oss-callback/simulator';
 * ```
 * @module nestjs-oss-callback/simulator
 */
export type { CallbackRecord, SimulatorEvents } from './events.js';
export {
  type CallbackFault,
  type Fault,
  type FaultScope,
  type HeadObjectFault,
  SimulatorFaults,
  type UploadFault,
} from './faults/faults.js';
export type {
  BucketAcl,
  CallbackSigning,
  OssSimulatorOptions,
  SimulatorBucket,
  SimulatorCredentials,
} from './options.js';
export type { CallbackRendering } from '../protocol/callback/callback-rendering.js';
export { OssSimulator } from './oss-simulator.js';
export { type ObjectInput, SimulatorObjects } from './storage/objects.js';
export type { ObjectRecord, StoredObject } from './storage/stored-object.js';
