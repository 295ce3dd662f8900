import { type Checked, combine, mistaken, valid } from './checked.js';
import type { StsOptions } from '../options.js';
import type { ResolvedSts } from '../resolved.js';
import { endpointUrl, integer, isWhat, shown } from './values.js';

/** Range of how long temporary credentials can be valid. A role can allow less than the longest. */
export const MIN_SESSION_SECONDS = 900;
export const MAX_SESSION_SECONDS = 43_200;

/** A role whose endpoint, unless the options have one, depends on the bucket's region. */
export type StsRole = Omit<ResolvedSts, 'endpoint'> & { endpoint: string | undefined };

/** @see https://help.aliyun.com/en/ram/developer-reference/api-sts-2015-04-01-assumerole */
export function checkSts(
  option: string,
  { roleArn, sessionName = 'nestjs-oss-callback', durationSeconds, endpoint }: StsOptions,
  { production, isLocal }: { production: boolean; isLocal: boolean },
): Checked<StsRole> {
  return combine<StsRole>({
    roleArn:
      typeof roleArn === 'string' && /^acs:ram::\d+:role\/[\w.-]+$/.test(roleArn)
        ? valid(roleArn)
        : mistaken(
            `${option}.roleArn`,
            `${isWhat(roleArn)}. Write it as in "acs:ram::1234567890123456:role/uploader".`,
          ),
    sessionName:
      typeof sessionName === 'string' && /^[\w.@-]{2,64}$/.test(sessionName)
        ? valid(sessionName)
        : mistaken(
            `${option}.sessionName`,
            `is ${shown(sessionName)}. Write 2 to 64 letters, digits, ".", "@", "-" and "_".`,
          ),
    durationSeconds:
      durationSeconds === undefined
        ? valid(undefined)
        : integer(`${option}.durationSeconds`, durationSeconds, MIN_SESSION_SECONDS, [
            MIN_SESSION_SECONDS,
            MAX_SESSION_SECONDS,
          ]),
    endpoint:
      endpoint === undefined
        ? valid(undefined)
        : checkEndpoint(`${option}.endpoint`, endpoint, { production, isLocal }),
  });
}

function checkEndpoint(
  option: string,
  endpoint: unknown,
  { production, isLocal }: { production: boolean; isLocal: boolean },
): Checked<string> {
  const example = 'scheme and host, as in "https://sts.cn-hangzhou.aliyuncs.com"';
  const url = endpointUrl(option, endpoint, { example, production });
  if (!url.ok) return url;
  return url.value.protocol === 'http:' && !isLocal
    ? mistaken(option, 'begins with http:, which sends secrets unencrypted. Write https:.')
    : valid(url.value.origin);
}
