import { invalidOption } from '../common/errors.js';
import type { CallbackOptions, ResolvedCallback } from './options.js';
import { MAX_CALLBACK_URLS } from '../protocol/callback/callback-parameter.js';
import { analyseCallbackTemplate } from '../protocol/callback/callback-template.js';
import { parseCallbackUrl } from '../protocol/callback/callback-url.js';
import { isSystemVariableName } from '../protocol/callback/system-variables.js';

const BODY_TYPES = ['application/x-www-form-urlencoded', 'application/json'] as const;
/** Names that this package puts into every body where the template does not have their variable. */
const ADDED_NAMES = ['bucket', 'object', 'x:ticket'];

/**
 * Checks the part of the options that says what OSS calls, and with which body.
 * @throws OssCallbackError `INVALID_OPTIONS`
 */
export function resolveCallback(callback: CallbackOptions = {}): ResolvedCallback {
  const bodyType = callback.bodyType ?? BODY_TYPES[0];
  if (!BODY_TYPES.includes(bodyType)) {
    throw invalidOption('callback.bodyType', `must be one of ${BODY_TYPES.join(', ')}.`);
  }
  const names = new Map(Object.entries(callback.names ?? {}));
  for (const [name, variable] of names) {
    if (isSystemVariableName(variable) || /^x:[^A-Z]+$/.test(variable)) continue;
    throw invalidOption(
      `callback.names.${name}`,
      `is ${JSON.stringify(variable)}. Write a variable of OSS, as "object", or a custom one, as "x:user_id".`,
    );
  }
  const own = callback.body === undefined ? undefined : readTemplate(callback.body, bodyType);
  return {
    urls: checkUrls(callback.url),
    bodyType,
    template: own && { body: callback.body!, bodyNames: own.bodyNames },
    names: new Map([...(own?.names ?? []), ...names]),
    host: checkHost(callback.host),
    sni: callback.sni,
  };
}

function readTemplate(body: string, bodyType: ResolvedCallback['bodyType']) {
  const analysis = analyseCallbackTemplate(body, bodyType);
  if (!analysis.ok) throw invalidOption('callback.body', `cannot be used: ${analysis.problem}.`);
  const taken = ADDED_NAMES.find(
    (name) => analysis.bodyNames.has(name) && analysis.names.get(name) !== name,
  );
  if (taken === undefined) return analysis;
  throw invalidOption(
    'callback.body',
    `gives the name "${taken}" another meaning. Use another name.`,
  );
}

function checkUrls(url: CallbackOptions['url']): readonly string[] {
  const urls = url === undefined ? [] : [url].flat();
  if (urls.length > MAX_CALLBACK_URLS) {
    throw invalidOption(
      'callback.url',
      `names ${urls.length} URLs; OSS takes ${MAX_CALLBACK_URLS}.`,
    );
  }
  for (const each of urls) {
    const isUrl = typeof each === 'string' && !/[;\s]/.test(each);
    const isComplete = /^https?:\/\//i.test(each);
    if (isUrl && (isComplete ? parseCallbackUrl(each) : each.startsWith('/'))) continue;
    throw invalidOption(
      'callback.url',
      `is ${JSON.stringify(each)}. Write the path of an @OssCallback route, as in "/oss/callback", or a complete URL, percent-encoded.`,
    );
  }
  return urls;
}

function checkHost(host: string | undefined): string | undefined {
  if (host === undefined || /^[^\s/?#@]+$/.test(host)) return host;
  throw invalidOption(
    'callback.host',
    `is ${JSON.stringify(host)}. Write a host name, with a port if need be.`,
  );
}
