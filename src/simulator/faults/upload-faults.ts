import { delay } from '../server/delay.js';
import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import { limitTraffic } from '../server/traffic-limit.js';
import type { SimulatorState } from '../state.js';
import type { ReceivedContent } from '../storage/content/content.js';
import type { FaultTarget } from './faults.js';

/** The effects of faults while and after the content of an upload is received. */
export interface UploadFaults {
  /** The connection is closed after this many bytes of the content. */
  cutAfterBytes: number | undefined;
  /** Answers the stored upload in place of success. */
  failureAfterStoring: OssFailure | undefined;
}

/**
 * Takes the faults of an upload and applies those that come before its content is received.
 * @throws OssFailure
 */
export async function takeUploadFaults(
  state: SimulatorState,
  target: FaultTarget,
): Promise<UploadFaults> {
  const left: UploadFaults = { cutAfterBytes: undefined, failureAfterStoring: undefined };
  for (const fault of state.faults.take('upload', target)) {
    if (fault.effect === 'delay') await delay(fault.delayMs, state.stopping);
    else if (fault.effect === 'cut') left.cutAfterBytes = fault.afterBytes;
    else if (fault.afterStoring) left.failureAfterStoring ??= unavailable(fault.status);
    else throw unavailable(fault.status);
  }
  return left;
}

/**
 * Receives the content of an upload, no faster than the request allows, and up to where a fault cuts the connection.
 * @throws OssFailure
 */
export async function receiveUpload(
  state: SimulatorState,
  request: OssRequest,
  source: AsyncIterable<Uint8Array>,
  { limitBytes, cutAfterBytes }: { limitBytes: number; cutAfterBytes: number | undefined },
): Promise<ReceivedContent | undefined> {
  const limited = limitTraffic(request, source, state.stopping);
  return state.objects.receive(
    cutAfterBytes === undefined ? limited : cut(limited, request, cutAfterBytes),
    limitBytes,
  );
}

export function unavailable(status: number): OssFailure {
  return new OssFailure(status === 503 ? 'ServiceUnavailable' : 'InternalError', { status });
}

async function* cut(
  source: AsyncIterable<Uint8Array>,
  request: OssRequest,
  afterBytes: number,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes >= afterBytes) break;
    yield chunk;
  }
  request.body.destroy();
  throw new Error(`the connection was cut after ${afterBytes} bytes, as a fault asked for`);
}
