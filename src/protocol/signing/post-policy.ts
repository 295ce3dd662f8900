import { ossErrorInfo, type OssErrorCode } from '../oss-errors.js';

/** One condition of a form's policy; field names are written after a `$`, or as the only property of an object. */
export type PolicyCondition =
  | readonly ['eq' | 'starts-with', string, string]
  | readonly ['in' | 'not-in', string, readonly string[]]
  | readonly ['content-length-range', number, number]
  | Readonly<Record<string, string>>;

/** Whether a form satisfies its policy, else OSS's answer. */
export type PolicyVerdict =
  { ok: true } | { ok: false; status: number; code: OssErrorCode; message: string; ec?: string };

/**
 * Writes a policy as the base64 text that is signed and sent.
 * @see https://help.aliyun.com/en/oss/developer-reference/postobject
 */
export function encodePostPolicy(policy: {
  expiresAt: Date;
  conditions: readonly PolicyCondition[];
}): string {
  const document = { expiration: policy.expiresAt.toISOString(), conditions: policy.conditions };
  return Buffer.from(JSON.stringify(document), 'utf8').toString('base64');
}

export interface PostForm {
  bucket: string;
  /** Names in lower case; values before `${filename}` is filled in. */
  fields: ReadonlyMap<string, string>;
  sizeBytes: number;
  now: Date;
  /** How conditions on `x:` fields are handled, which OSS does not document. Default: `enforce`. */
  variableConditions?: 'enforce' | 'ignore' | 'refuse';
}

/**
 * Checks a form against its policy as OSS does: each field that a condition names must be present and satisfy it; other
 * fields are accepted.
 * @see https://help.aliyun.com/en/oss/developer-reference/postobject
 * @see https://help.aliyun.com/en/oss/user-guide/0006-00000226
 */
export function evaluatePostPolicy(policyBase64: string, form: PostForm): PolicyVerdict {
  const policy = parsePolicy(policyBase64);
  if ('problem' in policy) return refuse('InvalidPolicyDocument', policy.problem);
  if (form.now.getTime() >= policy.expiresAtMs) {
    return refuse('AccessDenied', 'Invalid according to Policy: Policy expired.');
  }
  for (const condition of policy.conditions) {
    if ('field' in condition && condition.field.startsWith('x:')) {
      if (form.variableConditions === 'ignore') continue;
      if (form.variableConditions === 'refuse') {
        return refuse(
          'InvalidPolicyDocument',
          `Invalid Policy: Invalid Condition: $${condition.field} is not a field of a policy.`,
        );
      }
    }
    const verdict = evaluate(condition, form);
    if (!verdict.ok) return verdict;
  }
  return checkV4Conditions(policy.conditions, form);
}

/**
 * The largest file that a policy allows, so that larger uploads can be aborted early; `undefined` if the policy has no
 * range or is invalid.
 */
export function maxSizeOfPolicy(policyBase64: string): number | undefined {
  const policy = parsePolicy(policyBase64);
  if ('problem' in policy) return undefined;
  const limits = policy.conditions
    .filter((condition) => condition.kind === 'content-length-range')
    .map((condition) => condition.max);
  return limits.length > 0 ? Math.min(...limits) : undefined;
}

type Condition =
  | { kind: 'eq' | 'starts-with'; field: string; value: string }
  | { kind: 'in' | 'not-in'; field: string; values: string[] }
  | { kind: 'content-length-range'; min: number; max: number };

type Policy = { expiresAtMs: number; conditions: Condition[] } | { problem: string };

function parsePolicy(policyBase64: string): Policy {
  let document: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      Buffer.from(policyBase64, 'base64'),
    );
    // OSS documents `\$` as an escape, which JSON does not know.
    document = JSON.parse(text.replace(/\\(.)/gs, (all, char) => (char === '$' ? '$' : all)));
  } catch {
    return { problem: 'Invalid Policy: Invalid JSON.' };
  }
  if (!isRecord(document)) return { problem: 'Invalid Policy: Invalid JSON: not an object.' };
  const { expiration, conditions } = document;
  const expiresAtMs =
    typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(expiration)
      ? Date.parse(expiration)
      : Number.NaN;
  if (Number.isNaN(expiresAtMs)) {
    return { problem: 'Invalid Policy: Policy expiration is missing or not ISO 8601 GMT.' };
  }
  if (!Array.isArray(conditions) || conditions.length === 0) {
    return { problem: 'Invalid Policy: Policy missing conditions.' };
  }
  const parsed: Condition[] = [];
  for (const condition of conditions) {
    const one = parseCondition(condition);
    if (typeof one === 'string') return { problem: one };
    parsed.push(one);
  }
  return { expiresAtMs, conditions: parsed };
}

/** @returns the condition, or what is wrong with it */
function parseCondition(condition: unknown): Condition | string {
  if (isRecord(condition)) {
    const [entry, ...rest] = Object.entries(condition);
    if (!entry || rest.length > 0 || typeof entry[1] !== 'string') {
      return 'Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.';
    }
    return { kind: 'eq', field: entry[0].toLowerCase(), value: entry[1] };
  }
  const invalid = 'Invalid Policy: Invalid Condition: conditions are an object or a list of three.';
  if (!Array.isArray(condition) || condition.length !== 3) return invalid;
  const [kind, first, second] = condition as unknown[];
  if (kind === 'content-length-range') {
    return isSize(first) && isSize(second) ? { kind, min: first, max: second } : invalid;
  }
  if (typeof first !== 'string' || !first.startsWith('$')) return invalid;
  const field = first.slice(1).toLowerCase();
  if ((kind === 'eq' || kind === 'starts-with') && typeof second === 'string') {
    return { kind, field, value: second };
  }
  if ((kind === 'in' || kind === 'not-in') && isTextList(second)) {
    return { kind, field, values: second };
  }
  return invalid;
}

function evaluate(condition: Condition, form: PostForm): PolicyVerdict {
  if (condition.kind === 'content-length-range') {
    if (form.sizeBytes > condition.max) return refuse('EntityTooLarge');
    return form.sizeBytes < condition.min ? refuse('EntityTooSmall') : { ok: true };
  }
  const value = fieldValue(condition.field, form);
  if (value === undefined) return conditionFailed(condition, FIELD_MISSING_EC);
  if ('value' in condition) {
    const met =
      condition.kind === 'eq' ? value === condition.value : value.startsWith(condition.value);
    return met ? { ok: true } : conditionFailed(condition);
  }
  const listed = condition.values.includes(value);
  return listed === (condition.kind === 'in') ? { ok: true } : conditionFailed(condition);
}

/** OSS accepts a V4 form only if its policy names the credential and the date of its signature. */
function checkV4Conditions(conditions: readonly Condition[], form: PostForm): PolicyVerdict {
  if (!form.fields.has('x-oss-signature-version')) return { ok: true };
  const required = ['x-oss-signature-version', 'x-oss-credential', 'x-oss-date'];
  if (form.fields.has('x-oss-security-token')) required.push('x-oss-security-token');
  const missing = required.find(
    (name) => !conditions.some((condition) => 'field' in condition && condition.field === name),
  );
  return missing === undefined
    ? { ok: true }
    : refuse('AccessDenied', `Invalid according to Policy: Policy has no condition on ${missing}.`);
}

const FIELD_MISSING_EC = '0006-00000226';

function conditionFailed(
  condition: Exclude<Condition, { min: number }>,
  ec = condition.kind === 'eq' ? '0006-00000227' : undefined,
): PolicyVerdict {
  const wanted =
    'values' in condition ? `[${condition.values.map(quote).join(', ')}]` : quote(condition.value);
  return refuse(
    'AccessDenied',
    `Invalid according to Policy: Policy Condition failed: [${quote(condition.kind)}, ${quote(`$${condition.field}`)}, ${wanted}]`,
    ec,
  );
}

function fieldValue(field: string, form: PostForm): string | undefined {
  return field === 'bucket' ? form.bucket : form.fields.get(field);
}

function refuse(code: OssErrorCode, message?: string, ec?: string): PolicyVerdict {
  const info = ossErrorInfo(code);
  const verdict = {
    ok: false as const,
    status: info.status,
    code,
    message: message ?? info.message,
  };
  return ec ? { ...verdict, ec } : verdict;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
