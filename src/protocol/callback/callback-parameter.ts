import { type CallbackBodyType, findTemplateProblem } from './callback-rendering.js';
import { parseCallbackUrl } from './callback-url.js';
import { CUSTOM_VARIABLE_PREFIX } from './system-variables.js';

export type { CallbackBodyType };

/**
 * The callback parameter: which URL OSS calls after an upload, and with which body.
 * @category Protocol
 */
export interface CallbackParameter {
  /** One to five URLs, tried in order until one succeeds. */
  urls: string[];
  /** Host header of the callback. Default: the host of the URL. */
  host?: string;
  /** Template of the body: constants, `${system}` and `${x:custom}` variables. */
  body: string;
  /**
   * Format of the body, which also decides how variables are written into it. Default:
   * `application/x-www-form-urlencoded`.
   */
  bodyType?: CallbackBodyType;
  /** Whether OSS sends the host name in the TLS handshake (`callbackSNI`). */
  sni?: boolean;
}

/**
 * Custom variables by name; names begin with `x:` and are in lower case.
 * @category Protocol
 */
export type CallbackVariables = Record<string, string>;

/**
 * The callback parameter and its variables as texts of a request.
 * @category Protocol
 */
export interface EncodedCallback {
  /** Base64, for the header `x-oss-callback`, the query `callback` or the form field `callback`. */
  callback: string;
  /** Base64, for the header `x-oss-callback-var` or the query `callback-var`; absent without variables. */
  callbackVar?: string;
}

/**
 * What {@link decodeCallback} read, or why OSS would refuse it.
 * @category Protocol
 */
export type DecodedCallback =
  | {
      /** Whether OSS would accept both texts. */
      ok: true;
      /** The callback parameter. */
      parameter: CallbackParameter;
      /** The custom variables; empty without any. */
      variables: CallbackVariables;
    }
  | ({
      /** Whether OSS would accept both texts. */
      ok: false;
      /** The text that is wrong, decoded from base64 as far as possible. */
      value: string;
    } & CallbackParameterProblem);

/**
 * Why OSS refuses a callback parameter or its variables.
 * @category Protocol
 */
export interface CallbackParameterProblem {
  /** Which of the two texts is wrong. */
  argument: 'callback' | 'callback-var';
  /** OSS's own error message. */
  message: string;
  /** OSS's error code number, if it is published. */
  ec?: string;
}

/** Base64 of the callback parameter, and of the custom variables, may each be this long. */
export const MAX_CALLBACK_BASE64_BYTES = 5 * 1024;
export const MAX_CALLBACK_URLS = 5;

/**
 * Writes the callback parameter and its variables as the base64 texts that OSS accepts.
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 * @category Protocol
 */
export function encodeCallback(
  parameter: CallbackParameter,
  variables: CallbackVariables = {},
): EncodedCallback {
  const { callback, callbackVar } = callbackJson(parameter, variables);
  return {
    callback: toBase64(callback),
    ...(callbackVar === undefined ? {} : { callbackVar: toBase64(callbackVar) }),
  };
}

/** The same texts before base64. */
export function callbackJson(
  { urls, host, body, bodyType, sni }: CallbackParameter,
  variables: CallbackVariables,
): EncodedCallback {
  return {
    callback: JSON.stringify({
      callbackUrl: urls.join(';'),
      callbackHost: host,
      callbackBody: body,
      callbackBodyType: bodyType,
      callbackSNI: sni,
    }),
    ...(Object.keys(variables).length > 0 ? { callbackVar: JSON.stringify(variables) } : {}),
  };
}

/**
 * Reads both texts as OSS does; a refusal has OSS's own message and error number. Variables whose names lack `x:` are
 * left out.
 * @category Protocol
 */
export function decodeCallback(callback: string, callbackVar?: string): DecodedCallback {
  const read = readJsonObject(callback, 'callback');
  if (!read.ok) return read;
  const refuse = (message: string, ec: string): DecodedCallback => ({
    ok: false,
    argument: 'callback',
    message,
    ec,
    value: read.text,
  });
  const { callbackUrl, callbackHost, callbackBody, callbackBodyType, callbackSNI } = read.json;

  const urls =
    typeof callbackUrl === 'string' ? callbackUrl.split(';').map((url) => url.trim()) : [];
  if (urls.length > MAX_CALLBACK_URLS) {
    return refuse('The number of callback url exceed max value.', '0007-00000005');
  }
  if (urls.length === 0 || !urls.every((url) => parseCallbackUrl(url))) {
    return refuse('The callback url configuration is invalid.', '0007-00000004');
  }
  if (callbackHost !== undefined && !isHost(callbackHost)) {
    return refuse('The callback host configuration is invalid.', '0007-00000009');
  }
  if (callbackBody === undefined || callbackBody === '') {
    return refuse('The callback body is empty.', '0007-00000011');
  }
  if (typeof callbackBody !== 'string' || findTemplateProblem(callbackBody)) {
    return refuse('The callback body is invalid.', '0007-00000010');
  }
  if (callbackBodyType !== undefined && typeof callbackBodyType !== 'string') {
    return refuse('The callback body type configuration is invalid.', '0007-00000012');
  }
  const bodyType = callbackBodyType === '' ? undefined : callbackBodyType;
  if (bodyType !== undefined && !isBodyType(bodyType)) {
    return refuse('The body type of callback is not supported.', '0007-00000013');
  }

  const variables = callbackVar === undefined ? noVariables : readVariables(callbackVar);
  if (!variables.ok) return variables;
  const parameter: CallbackParameter = { urls, body: callbackBody };
  if (callbackHost) parameter.host = callbackHost;
  if (bodyType) parameter.bodyType = bodyType;
  if (typeof callbackSNI === 'boolean') parameter.sni = callbackSNI;
  return { ok: true, parameter, variables: variables.variables };
}

const noVariables = { ok: true as const, variables: {} as CallbackVariables };

function readVariables(
  callbackVar: string,
): { ok: true; variables: CallbackVariables } | (DecodedCallback & { ok: false }) {
  const read = readJsonObject(callbackVar, 'callback-var');
  if (!read.ok) return read;
  const variables: CallbackVariables = {};
  for (const [name, value] of Object.entries(read.json)) {
    if (!name.startsWith(CUSTOM_VARIABLE_PREFIX)) continue;
    // Some SDKs write numbers as numbers, so scalars are accepted as text.
    const scalar = ['string', 'number', 'boolean'].includes(typeof value);
    if (name !== name.toLowerCase() || !scalar) {
      return {
        ok: false,
        argument: 'callback-var',
        message: 'The callback var is not expecten json.', // OSS's own spelling
        value: read.text,
      };
    }
    Object.defineProperty(variables, name, { value: String(value), enumerable: true });
  }
  return { ok: true, variables };
}

const WORDS = {
  callback: {
    tooLong: { message: 'The length of callback exceed max value.', ec: '0007-00000001' },
    notBase64: {
      message: 'The callback configuration is not base64 encoded.',
      ec: '0007-00000002',
    },
    notJson: { message: 'The callback configuration is not json format.', ec: '0007-00000003' },
  },
  'callback-var': {
    tooLong: { message: 'The length of callback var exceed max value.', ec: '0007-00000101' },
    notBase64: { message: 'The callback var is not base64 encoded.', ec: '0007-00000102' },
    notJson: { message: 'The callback var is not expecten json.' },
  },
} as const;

type JsonObjectRead =
  { ok: true; json: Record<string, unknown>; text: string } | (DecodedCallback & { ok: false });

function readJsonObject(base64: string, argument: 'callback' | 'callback-var'): JsonObjectRead {
  const words = WORDS[argument];
  const trimmed = base64.trim();
  if (trimmed.length > MAX_CALLBACK_BASE64_BYTES) {
    return { ok: false, argument, ...words.tooLong, value: '' };
  }
  if (trimmed === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) {
    return { ok: false, argument, ...words.notBase64, value: trimmed };
  }
  const text = Buffer.from(trimmed, 'base64').toString('utf8');
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
      return { ok: true, json: json as Record<string, unknown>, text };
    }
  } catch {
    // refused below, like JSON that is not an object
  }
  return { ok: false, argument, ...words.notJson, value: text };
}

function isBodyType(type: string): type is CallbackBodyType {
  return type === 'application/x-www-form-urlencoded' || type === 'application/json';
}

function isHost(host: unknown): host is string {
  return typeof host === 'string' && /^[^\s/?#@]*$/.test(host);
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
