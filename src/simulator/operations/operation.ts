import type { OperationName } from './operation-name.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Reply } from '../server/reply.js';
import type { Resource } from '../server/resource.js';
import type { SimulatorCredentials } from '../options.js';
import type { SimulatorState } from '../state.js';

/** Does an operation on an object or a bucket, after its signature was found good. */
export type Run = (
  state: SimulatorState,
  request: OssRequest,
  resource: Resource,
  caller: SimulatorCredentials | undefined,
) => Promise<Reply>;

/** Does an upload. `cutAfterBytes` is where a fault cuts the connection, in bytes of the content. */
export type UploadRun = (
  ...parameters: [...Parameters<Run>, cutAfterBytes: number | undefined]
) => Promise<Reply>;

export interface Operation {
  name: OperationName;
  /** As policies name it, for example `oss:PutObject`. */
  action: string;
  run: Run;
}
