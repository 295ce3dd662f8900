import { type Checked, combine, combineAll, mistaken, undecided, valid } from './checked.js';
import type { CallbackOptions } from '../options.js';
import type { ResolvedCallback } from '../resolved.js';
import { boolean, group, shown, unreachableUrl } from './values.js';
import {
  type CallbackBodyType,
  MAX_CALLBACK_URLS,
} from '../../protocol/callback/callback-parameter.js';
import { analyseCallbackTemplate } from '../../protocol/callback/callback-template.js';
import { parseCallbackUrl } from '../../protocol/callback/callback-url.js';
import { isSystemVariableName } from '../../protocol/callback/system-variables.js';

const BODY_TYPES: readonly CallbackBodyType[] = [
  'application/x-www-form-urlencoded',
  'application/json',
];
/** Names that this package adds to a body whose template lacks them: bucket, object, custom variables. */
const ADDED_NAME = /^(?:bucket|object|x:.*)$/s;
const TICKET_NAME = 'x:ticket';

/** What OSS calls, and with which body. */
export function checkCallback(
  callback: CallbackOptions | undefined,
  { production }: { production: boolean },
): Checked<ResolvedCallback> {
  const given = group('callback', callback, '{ url, bodyType, body, names, host, sni }');
  if (!given.ok) return given;
  const { url, body, host, sni } = given.value;
  const bodyType = checkBodyType(given.value.bodyType);
  const template = bodyType.ok ? checkTemplate(body, bodyType.value) : undecided;
  const names = checkNames(given.value.names);
  const ofTemplate = template.ok ? template.value?.names : undefined;
  return combine<ResolvedCallback>({
    urls: checkUrls(url, production),
    bodyType,
    template,
    names: names.ok ? valid(new Map([...(ofTemplate ?? []), ...names.value])) : names,
    host: checkHost(host),
    sni: sni === undefined ? valid(undefined) : boolean('callback.sni', sni, true),
  });
}

function checkBodyType(bodyType: unknown): Checked<CallbackBodyType> {
  if (bodyType === undefined) return valid(BODY_TYPES[0]!);
  const known = BODY_TYPES.find((each) => each === bodyType);
  return known === undefined
    ? mistaken(
        'callback.bodyType',
        `is ${shown(bodyType)}. Write ${BODY_TYPES.map((each) => `"${each}"`).join(' or ')}.`,
      )
    : valid(known);
}

interface CheckedTemplate {
  body: string;
  bodyNames: ReadonlySet<string>;
  names: ReadonlyMap<string, string>;
}

function checkTemplate(
  body: unknown,
  bodyType: CallbackBodyType,
): Checked<CheckedTemplate | undefined> {
  const option = 'callback.body';
  if (body === undefined) return valid(undefined);
  if (typeof body !== 'string') {
    return mistaken(option, `is ${shown(body)}. Write a string, as in "object=\${object}".`);
  }
  const analysis = analyseCallbackTemplate(body, bodyType);
  if (!analysis.ok) return mistaken(option, `cannot be used: ${analysis.problem}.`);
  const { bodyNames, names } = analysis;
  const taken = [...bodyNames].find(
    (name) => name === TICKET_NAME || (ADDED_NAME.test(name) && names.get(name) !== name),
  );
  return taken === undefined
    ? valid({ body, bodyNames, names })
    : mistaken(option, `gives the name "${taken}" another meaning. Use another name.`);
}

function checkNames(given: unknown): Checked<Map<string, string>> {
  const names = group('callback.names', given as object | undefined, 'names and their variables');
  if (!names.ok) return names;
  const entries = combineAll(
    Object.entries<unknown>(names.value as Record<string, unknown>).map(([name, variable]) =>
      typeof variable === 'string' &&
      (isSystemVariableName(variable) || /^x:[^A-Z]+$/.test(variable))
        ? valid([name, variable] as const)
        : mistaken(
            `callback.names.${name}`,
            `is ${shown(variable)}. Write a variable of OSS, as in "object", or a custom one, as in "x:user_id".`,
          ),
    ),
  );
  return entries.ok ? valid(new Map(entries.value)) : entries;
}

function checkUrls(url: unknown, production: boolean): Checked<string[]> {
  const option = 'callback.url';
  if (url === undefined) return valid([]);
  if (!Array.isArray(url)) return combineAll([checkUrl(option, url, production)]);
  return url.length > MAX_CALLBACK_URLS
    ? mistaken(option, `lists ${url.length} URLs. OSS accepts ${MAX_CALLBACK_URLS}.`)
    : combineAll(url.map((each, index) => checkUrl(`${option}[${index}]`, each, production)));
}

function checkUrl(option: string, url: unknown, production: boolean): Checked<string> {
  if (typeof url === 'string' && !/[;\s]/.test(url)) {
    if (url.startsWith('/')) return valid(url);
    if (/^https?:\/\//i.test(url) && parseCallbackUrl(url) && URL.canParse(url)) {
      const problem = production ? unreachableUrl(url) : undefined;
      return problem === undefined ? valid(url) : mistaken(option, `${problem}.`);
    }
  }
  return mistaken(
    option,
    `is ${shown(url)}. Write the path of an @OssCallback route, as in "/oss/callback", or a complete URL, percent-encoded.`,
  );
}

function checkHost(host: unknown): Checked<string | undefined> {
  if (host === undefined) return valid(undefined);
  return typeof host === 'string' && /^[^\s/?#@]+$/.test(host)
    ? valid(host)
    : mistaken(
        'callback.host',
        `is ${shown(host)}. Write a host name, with its port if it has one.`,
      );
}
