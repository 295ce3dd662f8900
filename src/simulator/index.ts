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
export { OssSimulator } from './oss-simulator.js';
export { type ObjectInput, SimulatorObjects } from './storage/objects.js';
export type { ObjectRecord, StoredObject } from './storage/stored-object.js';
