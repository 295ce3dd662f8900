import { timingSafeEqual } from 'node:crypto';
import {
  MAX_SESSION_POLICY_LENGTH,
  parseAccessPolicy,
} from '../../protocol/signing/access-policy.js';
import { signatureRpc, stringToSignRpc } from '../../protocol/signing/signature-rpc.js';
import { MAX_CLOCK_SKEW_MS } from '../authentication/signature-claim.js';
import type { SimulatorCredentials } from '../options.js';
import { readBody } from '../server/body.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Reply } from '../server/reply.js';
import { bucketOfHost } from '../server/resource.js';
import type { SimulatorState } from '../state.js';
import { type StsContent, StsFailure, stsFailureReply, stsReply } from './sts-reply.js';

const MAX_BODY_BYTES = 64 * 1024;
const MIN_SECONDS = 900;
/** The default of a role. */
const MAX_SECONDS = 3_600;

/** Whether a request is for STS: it is sent to the root of a host that does not name a bucket. */
export function isStsRequest({ method, rawPath, hostname, query, headers }: OssRequest): boolean {
  if (rawPath !== '/' || bucketOfHost(hostname) !== undefined) return false;
  if (query.Action !== undefined) return true;
  const type = headers['content-type'] ?? '';
  return method === 'POST' && type.startsWith('application/x-www-form-urlencoded');
}

/**
 * STS of the local OSS: issues temporary credentials for any role to requests that an access key signed. The policy in
 * the request is enforced; the policy of the role is not known.
 * @see https://help.aliyun.com/en/ram/developer-reference/api-sts-2015-04-01-assumerole
 */
export async function assumeRole(state: SimulatorState, request: OssRequest): Promise<Reply> {
  let format = request.query.Format;
  try {
    const parameters = { ...request.query, ...(await readForm(request)) };
    format = parameters.Format;
    const caller = authenticate(state, request, parameters);
    const granted = grant(state, request, parameters, caller);
    return stsReply({ RequestId: request.id, ...granted }, format);
  } catch (error) {
    if (error instanceof StsFailure) return stsFailureReply(error, request, format);
    throw error;
  }
}

type Parameters = Readonly<Record<string, string>>;

function authenticate(
  state: SimulatorState,
  request: OssRequest,
  parameters: Parameters,
): SimulatorCredentials | undefined {
  if (!state.checkSignatures) return undefined;
  const { Signature, ...signed } = parameters;
  const text = (name: string): string => {
    const value = parameters[name];
    if (value) return value;
    throw new StsFailure(400, `Missing${name}`, `${name} is mandatory for this action.`);
  };
  if (text('SignatureMethod') !== 'HMAC-SHA1' || text('SignatureVersion') !== '1.0') {
    throw new StsFailure(
      400,
      'IncompleteSignature',
      'The local STS supports only HMAC-SHA1, version 1.0.',
    );
  }
  const caller = state.credentials.find((one) => one.accessKeyId === text('AccessKeyId'));
  if (!caller) {
    // Temporary credentials are for objects only and cannot assume a role.
    throw state.sts.find(text('AccessKeyId'))
      ? new StsFailure(403, 'NoPermission', 'You are not authorized to do this action.')
      : new StsFailure(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
  }
  if ((caller.securityToken ?? '') !== (parameters.SecurityToken ?? '')) {
    throw new StsFailure(
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
      'Specified SecurityToken is not matched with the access key.',
    );
  }
  const sentAtMs = Date.parse(text('Timestamp'));
  if (!(Math.abs(sentAtMs - request.receivedAt.getTime()) <= MAX_CLOCK_SKEW_MS)) {
    throw new StsFailure(400, 'InvalidTimeStamp.Expired', 'Specified time stamp is expired.');
  }
  const computed = Buffer.from(signatureRpc(request.method, signed, caller.accessKeySecret));
  const given = Buffer.from(Signature ?? '');
  if (given.byteLength !== computed.byteLength || !timingSafeEqual(given, computed)) {
    throw new StsFailure(
      400,
      'SignatureDoesNotMatch',
      `Specified signature is not matched with our calculation. server string to sign is:${stringToSignRpc(request.method, signed)}`,
    );
  }
  if (state.sts.useNonce(text('SignatureNonce'), request.receivedAt, MAX_CLOCK_SKEW_MS)) {
    throw new StsFailure(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
  }
  return caller;
}

function grant(
  state: SimulatorState,
  request: OssRequest,
  { Action, RoleArn = '', RoleSessionName = '', Policy, DurationSeconds }: Parameters,
  caller: SimulatorCredentials | undefined,
): StsContent {
  if (Action !== 'AssumeRole') {
    throw new StsFailure(404, 'InvalidAction.NotFound', 'The local STS supports only AssumeRole.');
  }
  const [, account] = /^acs:ram::(\d+):role\/[\w.-]+$/.exec(RoleArn) ?? [];
  if (account === undefined) {
    throw new StsFailure(
      400,
      'InvalidParameter.RoleArn',
      'The parameter RoleArn is wrongly formed.',
    );
  }
  if (!/^[\w.@-]{2,64}$/.test(RoleSessionName)) {
    throw new StsFailure(
      400,
      'InvalidParameter.RoleSessionName',
      'The parameter RoleSessionName is wrongly formed.',
    );
  }
  const seconds = DurationSeconds ? Number(DurationSeconds) : MAX_SECONDS;
  if (!Number.isInteger(seconds) || seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw new StsFailure(
      400,
      'InvalidParameter.DurationSeconds',
      'The Min/Max value of DurationSeconds is 15min/1hr.',
    );
  }
  const policy = Policy ? parseAccessPolicy(Policy) : undefined;
  if (Policy && (!policy || Policy.length > MAX_SESSION_POLICY_LENGTH)) {
    throw new StsFailure(
      400,
      'InvalidParameter.PolicyGrammar',
      'The parameter Policy has not passed grammar check.',
    );
  }
  const session = state.sts.open(
    {
      expiresAt: new Date((Math.floor(request.receivedAt.getTime() / 1000) + seconds) * 1000),
      userId: caller?.userId ?? account,
      ...(policy ? { policy } : {}),
    },
    request.receivedAt,
  );
  return {
    AssumedRoleUser: {
      Arn: `${RoleArn.replace(':role/', ':assumed-role/')}/${RoleSessionName}`,
      AssumedRoleId: `300000000000000001:${RoleSessionName}`,
    },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      AccessKeySecret: session.accessKeySecret,
      SecurityToken: session.securityToken,
      Expiration: session.expiresAt.toISOString().replace('.000Z', 'Z'),
    },
  };
}

async function readForm({ body }: OssRequest): Promise<Record<string, string>> {
  const bytes = await readBody(body, MAX_BODY_BYTES);
  if (!bytes) throw new StsFailure(400, 'InvalidParameter', 'The request is too large.');
  return Object.fromEntries(new URLSearchParams(bytes.toString('utf8')));
}
