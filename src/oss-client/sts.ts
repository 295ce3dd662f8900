import { randomUUID } from 'node:crypto';
import { OssCallbackError } from '../common/errors.js';
import { logText, unquoted } from '../common/log-text.js';
import type { OssCredentials } from '../options/options.js';
import type { ResolvedSts } from '../options/resolved.js';
import type { AccessPolicy } from '../protocol/signing/access-policy.js';
import { signatureRpc } from '../protocol/signing/signature-rpc.js';
import { sendHttp } from './http-client.js';
import { type HttpAnswer, NoAnswerError } from './http-exchange.js';

/**
 * Temporary credentials of STS, for an uploader's SDK.
 * @category Uploads
 */
export interface TemporaryCredentials extends Required<OssCredentials> {
  /** When they expire. */
  expiresAt: Date;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Requests credentials of a role from STS; they allow only what the policy allows.
 * @param credentials of the account or user that may assume the role
 * @throws OssCallbackError `OSS_REFUSED` if STS refuses, `OSS_UNAVAILABLE` if it does not answer or fails itself
 * @see https://help.aliyun.com/en/ram/developer-reference/api-sts-2015-04-01-assumerole
 */
export async function assumeRole(
  sts: ResolvedSts,
  credentials: OssCredentials,
  { policy, durationSeconds }: { policy: AccessPolicy; durationSeconds: number },
): Promise<TemporaryCredentials> {
  const parameters: Record<string, string> = {
    Action: 'AssumeRole',
    Version: '2015-04-01',
    Format: 'JSON',
    RoleArn: sts.roleArn,
    RoleSessionName: sts.sessionName,
    DurationSeconds: String(durationSeconds),
    Policy: JSON.stringify(policy),
    AccessKeyId: credentials.accessKeyId,
    ...(credentials.securityToken ? { SecurityToken: credentials.securityToken } : {}),
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  const signature = signatureRpc('POST', parameters, credentials.accessKeySecret);
  const { status, text } = await post(sts.endpoint, { ...parameters, Signature: signature });
  const answer = parse(text);
  if (status !== 200) throw refusal(status, answer, sts);
  const given = read(answer.Credentials);
  if (given) return given;
  throw new OssCallbackError('OSS_UNAVAILABLE', 'STS returned an invalid response.', {
    hint: logText`${unquoted(sts.endpoint)} did not return complete credentials. Check that it is the endpoint of STS`,
  });
}

async function post(endpoint: string, parameters: Record<string, string>): Promise<HttpAnswer> {
  try {
    return await sendHttp({
      method: 'POST',
      url: `${endpoint}/`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams(parameters).toString()),
      maxAnswerBytes: MAX_ANSWER_BYTES,
      endsAtMs: performance.now() + TIMEOUT_MS,
    });
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    throw new OssCallbackError('OSS_UNAVAILABLE', 'STS did not respond.', {
      hint: logText`POST ${unquoted(endpoint)}: ${unquoted(error.message)}`,
      cause: error,
    });
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  NoPermission:
    'the credentials need the permission sts:AssumeRole on the role, and the role must trust their account',
  'EntityNotExist.Role': 'there is no such role; check sts.roleArn',
  'InvalidParameter.DurationSeconds':
    'the role allows shorter sessions; lower sts.durationSeconds, or raise the limit of the role',
};

/** Some messages of STS repeat what was signed, including the token, so only its codes are reported. */
function refusal(
  status: number,
  { Code, RequestId }: StsAnswer,
  { roleArn }: ResolvedSts,
): OssCallbackError {
  const code = typeof Code === 'string' ? Code : `status ${status}`;
  const requestId = typeof RequestId === 'string' ? RequestId : 'unknown';
  const advice = ADVICE[code];
  const kind = status >= 500 ? 'OSS_UNAVAILABLE' : 'OSS_REFUSED';
  return new OssCallbackError(kind, `STS returned no credentials (${code}).`, {
    hint: logText`role ${unquoted(roleArn)}, request ${unquoted(requestId)}${unquoted(advice ? `: ${advice}` : '')}`,
    details: { status, ossCode: code, requestId },
  });
}

interface StsAnswer {
  Credentials?: unknown;
  Code?: unknown;
  RequestId?: unknown;
}

function parse(text: string): StsAnswer {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : {};
  } catch {
    return {};
  }
}

function read(credentials: unknown): TemporaryCredentials | undefined {
  const { AccessKeyId, AccessKeySecret, SecurityToken, Expiration } = (credentials ?? {}) as Record<
    string,
    unknown
  >;
  const expiresAt = new Date(typeof Expiration === 'string' ? Expiration : '');
  return typeof AccessKeyId === 'string' &&
    typeof AccessKeySecret === 'string' &&
    typeof SecurityToken === 'string' &&
    !Number.isNaN(expiresAt.getTime())
    ? {
        accessKeyId: AccessKeyId,
        accessKeySecret: AccessKeySecret,
        securityToken: SecurityToken,
        expiresAt,
      }
    : undefined;
}
