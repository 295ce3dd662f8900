export type { CallbackRecord } from './callback-record.js';
export {
  type CallbackFault,
  type Fault,
  type FaultScope,
  type HeadObjectFault,
  type UploadFault,
  SimulatorFaults,
} from './faults.js';
export { OssSimulator } from './oss-simulator.js';
export type { SimulatorEvents } from './simulator-events.js';
export { type ObjectInput, SimulatorObjects } from './simulator-objects.js';
export type {
  BucketAcl,
  CallbackSigning,
  OssSimulatorOptions,
  SimulatorBucket,
  SimulatorCredentials,
} from './simulator-options.js';
export type { ObjectRecord, StoredObject } from './stored-object.js';
