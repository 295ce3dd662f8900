export type { CallbackRecord } from './events.js';
export {
  type CallbackFault,
  type Fault,
  type FaultScope,
  type HeadObjectFault,
  type UploadFault,
  SimulatorFaults,
} from './faults/faults.js';
export { OssSimulator } from './oss-simulator.js';
export type { SimulatorEvents } from './events.js';
export { type ObjectInput, SimulatorObjects } from './storage/objects.js';
export type {
  BucketAcl,
  CallbackSigning,
  OssSimulatorOptions,
  SimulatorBucket,
  SimulatorCredentials,
} from './options.js';
export type { ObjectRecord, StoredObject } from './storage/stored-object.js';
