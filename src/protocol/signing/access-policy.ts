/** The subset of RAM policies that this package writes and reads. */
export interface AccessPolicy {
  Version: '1';
  Statement: AccessStatement[];
}

export interface AccessStatement {
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: string[];
}

/** STS accepts policies of at most this many characters. */
export const MAX_SESSION_POLICY_LENGTH = 2_048;

/**
 * The part of an object's name that a policy would interpret: `*` and `?` match other characters, `${…}` is replaced by
 * a value of the request. A policy cannot escape them.
 * @see https://help.aliyun.com/en/ram/user-guide/policy-elements
 */
export function findWildcard(object: string): '*' | '?' | '${' | undefined {
  return (['*', '?', '${'] as const).find((part) => object.includes(part));
}

/** A policy that allows these actions, such as `oss:PutObject`, on one object. */
export function policyForObject(
  bucket: string,
  object: string,
  actions: readonly string[],
): AccessPolicy {
  return {
    Version: '1',
    Statement: [
      { Effect: 'Allow', Action: [...actions], Resource: [`acs:oss:*:*:${bucket}/${object}`] },
    ],
  };
}

/** Parses a policy; `undefined` if it is invalid. */
export function parseAccessPolicy(text: string): AccessPolicy | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { Version, Statement } = (json ?? {}) as { Version?: unknown; Statement?: unknown };
  if (Version !== '1' || !Array.isArray(Statement) || Statement.length === 0) return undefined;
  const statements: AccessStatement[] = [];
  for (const statement of Statement as (Record<string, unknown> | null)[]) {
    const { Effect, Action, Resource, Condition } = statement ?? {};
    const actions = texts(Action);
    const resources = texts(Resource);
    // Ignoring a condition would allow too much.
    if (!actions || !resources || Condition !== undefined) return undefined;
    if (Effect !== 'Allow' && Effect !== 'Deny') return undefined;
    statements.push({ Effect, Action: actions, Resource: resources });
  }
  return { Version, Statement: statements };
}

/** Whether a policy allows an action on an object, or on the bucket if the object is empty; denied by default. */
export function isAllowed(
  policy: AccessPolicy,
  action: string,
  resource: { bucket: string; object: string },
): boolean {
  const path = resource.object === '' ? '' : `/${resource.object}`;
  const name = `acs:oss:*:*:${resource.bucket}${path}`;
  const applies = ({ Action, Resource }: AccessStatement) =>
    Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    Resource.some(
      (pattern) => pattern === '*' || matches(withoutPlace(pattern), withoutPlace(name)),
    );
  const effects = policy.Statement.filter(applies).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

/** Region and account of a resource are ignored. */
function withoutPlace(resource: string): string {
  return resource.replace(/^acs:oss:[^:]*:[^:]*:/, '');
}

/** If the text after a star does not match, the last star takes one more character; earlier stars need no backtracking. */
function matches(pattern: string, text: string): boolean {
  const [wanted, given] = [Array.from(pattern), Array.from(text)];
  let [at, position] = [0, 0];
  let star: { at: number; position: number } | undefined;
  while (position < given.length) {
    if (wanted[at] === '*') {
      star = { at, position };
      at += 1;
    } else if (wanted[at] === '?' || wanted[at] === given[position]) {
      at += 1;
      position += 1;
    } else if (star) {
      star.position += 1;
      [at, position] = [star.at + 1, star.position];
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((character) => character === '*');
}

function texts(value: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((one) => typeof one === 'string') ? list : undefined;
}
