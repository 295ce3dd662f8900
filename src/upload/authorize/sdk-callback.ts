import { callbackHeaders, callbackQuery } from '../../protocol/callback/callback-carriers.js';
import {
  callbackJson,
  type CallbackParameter,
  type CallbackVariables,
} from '../../protocol/callback/callback-parameter.js';
import { escapeNonAscii } from '../../protocol/callback/callback-rendering.js';
import { splitTarget } from '../../protocol/callback/request-target.js';
import { percentEncode } from '../../protocol/signing/percent-encoding.js';
import type { PreparedUpload } from './prepare-upload.js';

/**
 * One callback in every form that SDKs of OSS accept. Use one of them: OSS refuses a request with two callbacks.
 *
 * `headers`, `query`, `form` and `json` work everywhere. The others are for helpers that write the JSON themselves; if
 * a helper cannot write this callback, its form is absent: pass `headers` to its SDK.
 * @category Uploads
 */
export interface SdkCallback {
  /** Base64, as headers of PutObject and CompleteMultipartUpload. Every SDK can send headers. */
  headers: {
    /** The callback parameter. */
    'x-oss-callback': string;
    /** The custom variables; absent without any. */
    'x-oss-callback-var'?: string;
  };
  /** Base64, for the query of requests that an SDK presigns. */
  query: {
    /** The callback parameter. */
    callback: string;
    /** The custom variables; absent without any. */
    'callback-var'?: string;
  };
  /** Fields of a form that the client signs itself; PostObject takes one field per variable. */
  form: Record<string, string>;
  /** As JSON text, for SDKs that encode it themselves (PHP) or take a map (Android, iOS). */
  json: {
    /** The callback parameter. */
    callback: string;
    /** The custom variables; absent without any. */
    callbackVar?: string;
  };
  /**
   * The option `callback` of ali-oss and oss-client. Both add `x:` to the variables' names and escape the URL; absent if
   * they would escape it twice.
   */
  aliOss?: AliOssCallback;
  /** For the setters of Java's `Callback`, which does not escape texts in its JSON: these are escaped. */
  java: JavaCallback;
  /** For C#'s `CallbackHeaderBuilder` and `CallbackVariableHeaderBuilder`, escaped as for Java. Absent with SNI. */
  csharp?: BuilderCallback;
  /** For C++'s `ObjectCallbackBuilder` and `ObjectCallbackVariableBuilder`, escaped as for Java. Absent with SNI. */
  cpp?: BuilderCallback;
  /**
   * For Ruby's `Aliyun::OSS::Callback`, which has no variables: send the header `x-oss-callback-var` too. It appends `?`
   * to a URL without a query. Absent with SNI, with several URLs, and if it would write the query differently.
   */
  ruby?: RubyCallback;
}

/**
 * The option `callback` of ali-oss and oss-client.
 * @category Uploads
 */
export interface AliOssCallback {
  /** The callback URLs, separated by `;`, as they are before `encodeURI`. */
  url: string;
  /** Template of the body. */
  body: string;
  /** Host header of the callback. Absent: the host of the URL. */
  host?: string;
  /** Format of the body. Absent: `application/x-www-form-urlencoded`. */
  contentType?: string;
  /** True if OSS sends the host name in the TLS handshake. */
  callbackSNI?: boolean;
  /** Custom variables by their names without `x:`; absent without any. */
  customValue?: Record<string, string>;
}

/**
 * Values for the setters of Java's `Callback`.
 * @category Uploads
 */
export interface JavaCallback {
  /** The callback URLs, separated by `;`. */
  callbackUrl: string;
  /** Host header of the callback. Absent: the host of the URL. */
  callbackHost?: string;
  /** Template of the body. */
  callbackBody: string;
  /** Name of a constant of `Callback.CalbackBodyType`, whose spelling is the SDK's. */
  calbackBodyType: 'URL' | 'JSON';
  /** Whether OSS sends the host name in the TLS handshake. */
  callbackSNI?: boolean;
  /** Custom variables by their names with `x:`. */
  callbackVar: Record<string, string>;
}

/**
 * Values for the builders of C# and C++.
 * @category Uploads
 */
export interface BuilderCallback {
  /** The callback URLs, separated by `;`. */
  url: string;
  /** Host header of the callback. Absent: the host of the URL. */
  host?: string;
  /** Template of the body. */
  body: string;
  /** Name of a constant of `CallbackBodyType`. */
  bodyType: 'Url' | 'Json';
  /** Custom variables by their names with `x:`. */
  variables: Record<string, string>;
}

/**
 * Arguments for Ruby's `Aliyun::OSS::Callback`.
 * @category Uploads
 */
export interface RubyCallback {
  /** The callback URL without its query. */
  url: string;
  /** Names and values of the query; absent without one. */
  query?: Record<string, string>;
  /** Template of the body. */
  body: string;
  /** Format of the body. */
  content_type: string;
  /** Host header of the callback. Absent: the host of the URL. */
  host?: string;
}

/** Writes a callback in every form. */
export function toSdkCallback({
  callbackParameter: parameter,
  callbackVariables: variables,
  callback: encoded,
}: Pick<PreparedUpload, 'callbackParameter' | 'callbackVariables' | 'callback'>): SdkCallback {
  const aliOss = toAliOss(parameter, variables);
  const builder = parameter.sni ? undefined : toBuilder(parameter, variables);
  const ruby = toRuby(parameter);
  return {
    headers: callbackHeaders(encoded),
    query: callbackQuery(encoded),
    form: { callback: encoded.callback, ...variables },
    json: callbackJson(parameter, variables),
    java: toJava(parameter, variables),
    ...(aliOss ? { aliOss } : {}),
    ...(builder ? { csharp: builder, cpp: builder } : {}),
    ...(ruby ? { ruby } : {}),
  };
}

function toAliOss(
  { urls, body, host, bodyType, sni }: CallbackParameter,
  variables: CallbackVariables,
): AliOssCallback | undefined {
  const escaped = urls.join(';');
  const url = beforeEncodeUri(escaped);
  if (url === undefined) return undefined;
  const names = Object.entries(variables).map(([name, value]) => [name.slice(2), value] as const);
  return {
    url,
    body,
    ...(host === undefined ? {} : { host }),
    ...(bodyType === undefined ? {} : { contentType: bodyType }),
    ...(sni ? { callbackSNI: true } : {}),
    ...(names.length > 0 ? { customValue: Object.fromEntries(names) } : {}),
  };
}

/** The text that `encodeURI` turns into this URL; `undefined` if `encodeURI` would escape a `%` again. */
function beforeEncodeUri(url: string): string | undefined {
  try {
    const text = decodeURI(url);
    return encodeURI(text) === url ? text : undefined;
  } catch {
    return undefined;
  }
}

function toJava(
  { urls, body, host, bodyType, sni }: CallbackParameter,
  variables: CallbackVariables,
): JavaCallback {
  return {
    callbackUrl: insideJson(urls.join(';')),
    ...(host === undefined ? {} : { callbackHost: insideJson(host) }),
    callbackBody: insideJson(body),
    calbackBodyType: bodyType === 'application/json' ? 'JSON' : 'URL',
    ...(sni === undefined ? {} : { callbackSNI: sni }),
    callbackVar: valuesInsideJson(variables),
  };
}

function toBuilder(
  { urls, body, host, bodyType }: CallbackParameter,
  variables: CallbackVariables,
): BuilderCallback {
  return {
    url: insideJson(urls.join(';')),
    ...(host === undefined ? {} : { host: insideJson(host) }),
    body: insideJson(body),
    bodyType: bodyType === 'application/json' ? 'Json' : 'Url',
    variables: valuesInsideJson(variables),
  };
}

function toRuby({ urls, body, host, bodyType, sni }: CallbackParameter): RubyCallback | undefined {
  const [first = '', ...others] = urls;
  const { path: url, query } = splitTarget(first);
  if (sni || others.length > 0 || !/^https?:\/\//.test(url)) return undefined;
  const pairs = new URLSearchParams(query);
  const values = Object.fromEntries(pairs);
  const written = Object.entries(values).map((pair) => pair.map(cgiEscape).join('='));
  if (query !== (written.length === 0 ? '' : `?${written.join('&')}`)) return undefined;
  return {
    url,
    ...(query === '' ? {} : { query: values }),
    body,
    content_type: bodyType ?? 'application/x-www-form-urlencoded',
    ...(host === undefined ? {} : { host }),
  };
}

/** Ruby's `CGI.escape`. */
function cgiEscape(text: string): string {
  return percentEncode(text).replaceAll('%20', '+');
}

function valuesInsideJson(variables: CallbackVariables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, insideJson(value)]),
  );
}

/**
 * A text escaped for a JSON string, without the quotes. In ASCII, since some helpers use the charset of their platform.
 */
function insideJson(text: string): string {
  return escapeNonAscii(JSON.stringify(text).slice(1, -1));
}
