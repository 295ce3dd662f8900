import {
  type CallbackParameter,
  type CallbackVariables,
  decodeCallback,
} from '../../protocol/callback/callback-parameter.js';
import { parseCallbackUrl } from '../../protocol/callback/callback-url.js';
import { isPrivateIpv4 } from '../../protocol/callback/public-host.js';
import { addressesOf } from '../server/loopback.js';
import { invalidArgument } from '../server/oss-failure.js';
import type { OssRequest } from '../server/oss-request.js';
import type { SimulatorState } from '../state.js';

/** The callback that an upload requests. */
export interface UploadCallback {
  parameter: CallbackParameter;
  variables: CallbackVariables;
}

/**
 * Reads the callback of a PutObject or CompleteMultipartUpload from its headers or its query.
 * @throws OssFailure 400 as documented, before anything is stored
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 */
export async function readCallback(
  state: SimulatorState,
  request: OssRequest,
): Promise<UploadCallback | undefined> {
  const callback = oneCarrier(request, 'callback', 'x-oss-callback');
  const callbackVar = oneCarrier(request, 'callback-var', 'x-oss-callback-var');
  return callback === undefined ? undefined : decode(state, callback, callbackVar);
}

/** Reads the callback of a PostObject: one field for the parameter, one for each variable. */
export async function readFormCallback(
  state: SimulatorState,
  fields: ReadonlyMap<string, string>,
  variables: CallbackVariables,
): Promise<UploadCallback | undefined> {
  const callback = fields.get('callback');
  if (callback === undefined || callback === '') return undefined;
  return { ...(await decode(state, callback)), variables };
}

function oneCarrier(request: OssRequest, query: string, header: string): string | undefined {
  const inQuery = request.query[query];
  const inHeader = request.headers[header];
  if (inQuery !== undefined && inHeader !== undefined) {
    throw invalidArgument(
      query,
      inHeader,
      `Either the ${query} query string parameter or the ${header} header should be specified, not both.`,
      '0007-00000027',
    );
  }
  return (inQuery ?? inHeader) || undefined;
}

async function decode(
  state: SimulatorState,
  callback: string,
  callbackVar?: string,
): Promise<UploadCallback> {
  const decoded = decodeCallback(callback, callbackVar);
  if (decoded.ok) {
    const { parameter, variables } = decoded;
    if (state.strict) await refusePrivateAddresses(parameter, callback);
    return { parameter, variables };
  }
  throw invalidArgument(decoded.argument, decoded.value, decoded.message, decoded.ec);
}

/**
 * Rejects callback URLs as OSS does if it cannot reach them from the Internet.
 * @throws OssFailure
 * @see https://help.aliyun.com/en/oss/user-guide/0007-00000008
 */
export async function refusePrivateAddresses(
  { urls }: CallbackParameter,
  callback: string,
): Promise<void> {
  for (const url of urls) {
    const hostname = parseCallbackUrl(url)?.hostname ?? '';
    const addresses = (await addressesOf(hostname)).filter(({ family }) => family === 4);
    if (addresses.length === 0) {
      throw invalidArgument('callback', callback, 'Can not get ip by this host.', '0007-00000007');
    }
    if (addresses.some(({ address }) => isPrivateIpv4(address))) {
      throw invalidArgument(
        'callback',
        callback,
        'Private address is forbidden to callback.',
        '0007-00000008',
      );
    }
  }
}
