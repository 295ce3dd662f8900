import type { OssRequest } from '../oss-request.js';
import type { Reply } from '../reply.js';
import type { Resource } from '../resource.js';
import type { SimulatorCredentials } from '../simulator-options.js';
import type { SimulatorState } from '../simulator-state.js';

/** An operation on an object, after its signature was found good. */
export type ObjectOperation = (
  state: SimulatorState,
  request: OssRequest,
  resource: Resource,
  caller: SimulatorCredentials | undefined,
) => Promise<Reply>;
