import {
  type CallbackParameter,
  type CallbackVariables,
  decodeCallback,
} from '../../protocol/callback/callback-parameter.js';
import { refusePrivateAddresses } from './callback-address.js';
import { OssFailure } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import type { SimulatorState } from '../state.js';

/** What an upload asks OSS to do once the object is stored. */
export interface CallbackOrder {
  parameter: CallbackParameter;
  variables: CallbackVariables;
}

/**
 * Reads the callback of a PutObject or CompleteMultipartUpload from its headers or its query.
 * @throws OssFailure the documented 400, before anything is stored
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 */
export async function callbackOrderOf(
  state: SimulatorState,
  request: OssRequest,
): Promise<CallbackOrder | undefined> {
  const callback = oneCarrier(request, 'callback', 'x-oss-callback');
  const callbackVar = oneCarrier(request, 'callback-var', 'x-oss-callback-var');
  return callback === undefined ? undefined : decode(state, callback, callbackVar);
}

/** Reads the callback of a PostObject: one field for the parameter, one for each variable. */
export async function callbackOrderOfForm(
  state: SimulatorState,
  fields: ReadonlyMap<string, string>,
  variables: CallbackVariables,
): Promise<CallbackOrder | undefined> {
  const callback = fields.get('callback');
  if (callback === undefined || callback === '') return undefined;
  return { ...(await decode(state, callback)), variables };
}

function oneCarrier(request: OssRequest, query: string, header: string): string | undefined {
  const inQuery = request.query[query];
  const inHeader = request.headers[header];
  if (inQuery !== undefined && inHeader !== undefined) {
    throw new OssFailure('InvalidArgument', {
      message: `Either the ${query} query string parameter or the ${header} header should be specified, not both.`,
      ec: '0007-00000027',
      details: { ArgumentName: query, ArgumentValue: inHeader },
    });
  }
  return (inQuery ?? inHeader) || undefined;
}

async function decode(
  state: SimulatorState,
  callback: string,
  callbackVar?: string,
): Promise<CallbackOrder> {
  const decoded = decodeCallback(callback, callbackVar);
  if (decoded.ok) {
    const { parameter, variables } = decoded;
    if (state.strict) await refusePrivateAddresses(parameter, callback);
    return { parameter, variables };
  }
  throw new OssFailure('InvalidArgument', {
    message: decoded.message,
    ...(decoded.ec ? { ec: decoded.ec } : {}),
    details: { ArgumentName: decoded.argument, ArgumentValue: decoded.value },
  });
}
