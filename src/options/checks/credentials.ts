import { invalidOptions } from '../../common/errors.js';
import { type Checked, combine, describeMistake, mistaken, valid } from './checked.js';
import { isInQuotes } from './values.js';
import { cacheCredentials } from '../credentials-cache.js';
import type { OssCredentials, OssCredentialsProvider, ProvidedCredentials } from '../options.js';
import type { GetCredentials } from '../resolved.js';

/** What documents and examples write in place of a secret. */
export const SAMPLE_VALUE =
  /replace|change[-_ ]?(me|this)|your[-_ ]|example|sample|placeholder|^x+$|\*\*\*/i;

/** What the local OSS accepts by default. They protect nothing. */
export const LOCAL_OSS_CREDENTIALS: OssCredentials = Object.freeze({
  accessKeyId: 'local-oss-access-key-id',
  accessKeySecret: 'local-oss-access-key-secret',
});

/** @param option path of the option, such as `buckets.main.credentials` */
export function checkCredentials(
  option: string,
  credentials: OssCredentials | OssCredentialsProvider,
  { samplesAllowed }: { samplesAllowed: boolean },
): Checked<GetCredentials> {
  if (typeof credentials === 'function') {
    const provide = async () => {
      const checked = checkParts(option, await credentials(), { samplesAllowed: true });
      if (checked.ok) return checked.value;
      throw invalidOptions(checked.mistakes.map(describeMistake));
    };
    return valid(cacheCredentials(option, provide));
  }
  const fixed = checkParts(option, credentials, { samplesAllowed });
  return fixed.ok ? valid(() => Promise.resolve(fixed.value)) : fixed;
}

/** A frozen copy of the known parts, so that later changes to the given object have no effect. */
function checkParts(
  option: string,
  credentials: ProvidedCredentials,
  { samplesAllowed }: { samplesAllowed: boolean },
): Checked<ProvidedCredentials> {
  const given = (credentials ?? {}) as Partial<Record<keyof ProvidedCredentials, unknown>>;
  const { accessKeyId, accessKeySecret, securityToken, expiresAt } = given;
  const parts = combine({
    accessKeyId: checkText(`${option}.accessKeyId`, accessKeyId, { samplesAllowed }),
    accessKeySecret: checkText(`${option}.accessKeySecret`, accessKeySecret, { samplesAllowed }),
    securityToken:
      securityToken === undefined || securityToken === ''
        ? valid(undefined)
        : checkText(`${option}.securityToken`, securityToken, { samplesAllowed: true }),
    expiresAt: checkDate(`${option}.expiresAt`, expiresAt),
  });
  if (!parts.ok) return parts;
  const known = Object.entries(parts.value).filter(([, value]) => value !== undefined);
  return valid(Object.freeze(Object.fromEntries(known) as unknown as ProvidedCredentials));
}

/** The mistakes never contain the value. */
function checkText(
  option: string,
  value: unknown,
  { samplesAllowed }: { samplesAllowed: boolean },
): Checked<string> {
  if (typeof value !== 'string' || value.trim() === '') {
    return mistaken(option, 'is missing or empty.');
  }
  if (value !== value.trim()) return mistaken(option, 'begins or ends with white space.');
  if (isInQuotes(value)) {
    return mistaken(option, 'has quotes around it. Write it without them.');
  }
  return SAMPLE_VALUE.test(value) && !samplesAllowed
    ? mistaken(option, 'is a placeholder. Write the value of your account.')
    : valid(value);
}

function checkDate(option: string, value: unknown): Checked<Date | undefined> {
  const isDate = value instanceof Date && !Number.isNaN(value.getTime());
  return value === undefined || isDate ? valid(value) : mistaken(option, 'is not a valid Date.');
}
