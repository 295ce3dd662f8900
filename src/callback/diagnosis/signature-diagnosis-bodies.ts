import { readCallbackJson } from '../../protocol/callback/callback-json.js';
import { MAX_BODY_NAMES } from '../../protocol/callback/callback-pairs.js';
import { decodeCanonicalBase64 } from '../../protocol/callback/callback-signature.js';
import { percentEncode } from '../../protocol/signing/percent-encoding.js';
import { jsonLayouts } from './signature-diagnosis-json.js';
import { logText, unquoted } from '../../common/log-text.js';
import type { SignatureCause } from './signature-failure.js';

const changes = {
  formRewritten: 'the form was parsed and written again with other escapes',
  jsonRewritten: 'the JSON was parsed and written again with other spaces or escapes',
  formMadeJson: 'the form that OSS sent was parsed and written again as JSON',
  madeBase64: 'it was encoded as base64',
  charsetChanged: 'it was read in another character set than UTF-8 and written again',
  lineEndAdded: 'a line end or a byte order mark was added',
  lineEndRemoved: 'the line end at its end was removed',
  lineEndsChanged: 'its line ends were changed',
} as const;

export type BodyChange = (typeof changes)[keyof typeof changes];

export interface BodyVariant {
  /** What was done to it, for a log. */
  change: BodyChange;
  body: Buffer;
}

/**
 * Bodies that OSS may have signed and that a program in between may have turned into the one that arrived, the
 * likeliest first.
 */
export function bodyVariants(body: Buffer): BodyVariant[] {
  const text = body.toString('utf8');
  if (body.byteLength === 0 || !Buffer.from(text, 'utf8').equals(body)) return [];
  const variants = [
    ...(/^\s*\{/.test(text) ? jsonVariants(text) : formVariants(text)),
    ...charsetVariants(text),
  ];
  const seen = new Set([body.toString('latin1')]);
  return variants.filter((variant) => {
    const key = variant.body.toString('latin1');
    return !seen.has(key) && seen.add(key);
  });
}

/** Anchored to where they begin: matching from each of them anew would take quadratic time. */
const LINE_ENDS_AT_THE_END = /(?<![\r\n])[\r\n]+$/;

function lineEndVariants(text: string): BodyVariant[] {
  const trimmed = text.replace(/^\ufeff/, '').replace(LINE_ENDS_AT_THE_END, '');
  return [
    variant(changes.lineEndAdded, trimmed),
    variant(changes.lineEndRemoved, `${text}\n`),
    ...(trimmed.includes('\r\n')
      ? [variant(changes.lineEndsChanged, text.replaceAll('\r\n', '\n'))]
      : [variant(changes.lineEndsChanged, text.replaceAll('\n', '\r\n'))]),
  ];
}

function formVariants(text: string): BodyVariant[] {
  const pieces = text.split('&');
  // A template of OSS has fewer names.
  if (pieces.length > MAX_BODY_NAMES) return lineEndVariants(text);
  const pairs = pieces
    .map((piece) => /^([^=]*)(=?)(.*)$/s.exec(piece)!.slice(1).map(decode))
    .map(([name = '', equals = '', value = '']) => ({ name, equals, value }));
  const written = (write: (value: string) => string) =>
    pairs.map(({ name, equals, value }) => name + equals + write(value)).join('&');
  return [
    // as OSS writes forms: names as the template has them, values percent-encoded
    variant(changes.formRewritten, written(percentEncode)),
    variant(changes.formRewritten, text.replaceAll('+', '%20')),
    variant(changes.formRewritten, text.replaceAll('%20', '+')),
    variant(changes.formRewritten, written(encodeURIComponent)),
    variant(changes.formRewritten, upperCaseEscapes(text)),
    ...lineEndVariants(text),
    ...base64Variants(text),
  ];
}

function jsonVariants(text: string): BodyVariant[] {
  const read = readCallbackJson(text);
  // A body that was parsed and serialised again can be read.
  if (!read.ok) return lineEndVariants(text);
  const form = read.pairs.map(([name, value]) => `${name}=${percentEncode(value ?? '')}`);
  return [
    ...lineEndVariants(text),
    ...(form.length > 0 ? [variant(changes.formMadeJson, form.join('&'))] : []),
    ...jsonLayouts(text).map((layout) => variant(changes.jsonRewritten, layout)),
  ];
}

/** Some gateways hand bodies to their functions in base64. */
function base64Variants(text: string): BodyVariant[] {
  const decoded = decodeCanonicalBase64(text.trim());
  return decoded ? [{ change: changes.madeBase64, body: decoded }] : [];
}

/** Text that was read as Latin-1 and written as UTF-8. */
function charsetVariants(text: string): BodyVariant[] {
  return /[\u0080-\u00ff]/.test(text) && !/[\u0100-\uffff]/.test(text)
    ? [{ change: changes.charsetChanged, body: Buffer.from(text, 'latin1') }]
    : [];
}

function variant(change: BodyChange, text: string): BodyVariant {
  return { change, body: Buffer.from(text, 'utf8') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function upperCaseEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
}

export function bodyCause(change: BodyChange): SignatureCause {
  return {
    code: 'body-changed',
    explanation: logText`the body is not as OSS sent it: ${unquoted(change)}`,
    fix: logText`Have whatever is in front of the app (API gateway, WAF, middleware) forward the body's bytes unchanged; no option of this package can restore them`,
  };
}
