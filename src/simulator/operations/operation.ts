import type { SimulatorCredentials } from '../options.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Reply } from '../server/reply.js';
import type { Resource } from '../server/resource.js';
import type { SimulatorState } from '../state.js';
import type { OperationName } from './operation-name.js';

/** Runs an operation on an object or a bucket. The request is authenticated and permitted by then. */
export type Run = (
  state: SimulatorState,
  request: OssRequest,
  resource: Resource,
  caller: SimulatorCredentials | undefined,
) => Promise<Reply>;

/** Runs an upload. A fault closes the connection after `cutAfterBytes` of the content. */
export type UploadRun = (
  ...parameters: [...Parameters<Run>, cutAfterBytes: number | undefined]
) => Promise<Reply>;

export interface Operation {
  name: OperationName;
  /** As policies name it, for example `oss:PutObject`. Without one, it checks itself what the caller may do. */
  action?: string;
  /** Whether it stores an object in place of another one. */
  replaces?: boolean;
  /** Whether it may be about a bucket that does not exist yet. */
  makesBucket?: boolean;
  run: Run;
}
