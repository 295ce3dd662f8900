import { expect } from 'vitest';
import { encodePostPolicy, type PolicyCondition } from '../../src/protocol/signing/post-policy.js';
import { signPolicyV1 } from '../../src/protocol/signing/signature-v1.js';
import { bucket, codeOf, credentials, messageOf } from './simulator-harness.js';

export const ecOf = (xml: string) => /<EC>(.*)<\/EC>/.exec(xml)?.[1];

/** Status, code, message and EC of an error; that everything around them is there is checked as well. */
export async function readError(response: Response) {
  const text = await response.text();
  const ec = ecOf(text);
  expect(response.headers.get('x-oss-ec') ?? undefined).toBe(ec);
  expect(text.includes(`<RecommendDoc>https://api.aliyun.com/troubleshoot?q=${ec}`)).toBe(
    ec !== undefined,
  );
  const id = response.headers.get('x-oss-request-id') ?? '';
  expect(text).toContain(`<RequestId>${id}</RequestId>`);
  expect(id).toMatch(/^[0-9A-F]{24}$/);
  return [response.status, codeOf(text), messageOf(text), ec];
}

export interface Form {
  fields?: Record<string, string>;
  conditions?: PolicyCondition[];
  policy?: string;
  expiresAt?: Date;
  without?: string;
}

/** A signed form with one thing wrong. */
export function postForm(url: string, form: Form): Promise<Response> {
  const conditions = form.conditions ?? [{ bucket }];
  const expiresAt = form.expiresAt ?? new Date(Date.now() + 60_000);
  const policy = form.policy ?? encodePostPolicy({ expiresAt, conditions });
  const fields: Record<string, string> = {
    key: 'a',
    policy,
    ...signPolicyV1(policy, credentials),
    ...form.fields,
  };
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (name !== form.without) data.append(name, value);
  }
  if (form.without !== 'file') data.append('file', new Blob(['content']), 'a');
  return fetch(`${url}/${bucket}/`, { method: 'POST', body: data });
}
