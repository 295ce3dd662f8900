import { setTimeout as pause } from 'node:timers/promises';
import type { ReceivedContent } from '../storage/content.js';
import type { FaultTarget } from './faults.js';
import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import type { SimulatorState } from '../state.js';

/**
 * Lets the faults of an upload strike that strike before its content is read.
 * @returns lets those strike that strike once it is stored
 * @throws OssFailure
 */
export async function strikeUpload(
  state: SimulatorState,
  request: OssRequest,
  target: FaultTarget,
): Promise<() => void> {
  const faults = state.faults.take('upload', target);
  const afterwards: OssFailure[] = [];
  for (const fault of faults) {
    if (fault.effect === 'delay') await delay(fault.delayMs, state.stopping);
    else if (fault.effect === 'cut') request.cutAfterBytes = fault.afterBytes;
    else if (fault.afterStoring) afterwards.push(unavailable(fault.status));
    else throw unavailable(fault.status);
  }
  return () => {
    const [failure] = afterwards;
    if (failure) throw failure;
  };
}

/** Takes the content of an upload, up to where a fault cuts the connection. */
export function receiveUpload(
  state: SimulatorState,
  request: OssRequest,
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<ReceivedContent | undefined> {
  return state.objects.receive(
    request.cutAfterBytes === undefined ? source : cut(source, request, request.cutAfterBytes),
    limitBytes,
  );
}

export function unavailable(status: number): OssFailure {
  return new OssFailure(status === 503 ? 'ServiceUnavailable' : 'InternalError', { status });
}

export async function delay(delayMs: number, stopping: AbortSignal): Promise<void> {
  await pause(delayMs, undefined, { signal: stopping }).catch(() => undefined);
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
