import { readFault } from '../faults/fault-input.js';
import { readBody } from '../server/body.js';
import type { OssRequest } from '../server/oss-request.js';
import type { SimulatorState } from '../state.js';

const MAX_BODY_BYTES = 64 * 1024;

export interface ControlAnswer {
  status: number;
  body?: unknown;
}

/** Answers a request to the control API; `docs/local-oss.md` lists the requests. */
export async function control(
  state: SimulatorState,
  request: OssRequest,
  path: string,
): Promise<ControlAnswer> {
  switch (`${request.method} ${path.replace(/\/$/, '')}`) {
    case 'GET ':
      return { status: 200, body: { url: state.url, publicKeyUrl: publicKeyUrl(state) } };
    case 'GET /faults':
      return { status: 200, body: state.faults.pending };
    case 'POST /faults':
      return injectFault(state, await readJson(request));
    case 'DELETE /faults':
      state.faults.clear();
      return { status: 204 };
    case 'POST /keys':
      await state.keys.rotate({ sameUrl: request.query.sameUrl !== undefined });
      return { status: 200, body: { publicKeyUrl: publicKeyUrl(state) } };
    case 'GET /callbacks':
      return { status: 200, body: state.callbacks.map(written) };
    case 'GET /objects':
      return { status: 200, body: state.objects.list(request.query.bucket) };
    case 'DELETE /objects':
      await state.objects.clear();
      return { status: 204 };
    default:
      return { status: 404, body: { error: `The control API has no ${request.method} ${path}.` } };
  }
}

function injectFault(state: SimulatorState, json: unknown): ControlAnswer {
  const read = readFault(json);
  if ('problem' in read) return { status: 400, body: { error: read.problem } };
  state.faults.inject(read.fault, read.scope);
  return { status: 201, body: read };
}

async function readJson(request: OssRequest): Promise<unknown> {
  const body = await readBody(request.body, MAX_BODY_BYTES);
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined; // not JSON, or too long
  }
}

function publicKeyUrl({ url, keys }: SimulatorState): string {
  return `${url}${keys.path}`;
}

/** Bodies as base64, since they can hold any bytes. */
function written(record: SimulatorState['callbacks'][number]): object {
  const { body, answer, ...rest } = record;
  return {
    ...rest,
    body: body.toString('base64'),
    ...(answer ? { answer: { ...answer, body: answer.body.toString('base64') } } : {}),
  };
}
