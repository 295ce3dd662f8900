import { readCallbackJson } from '../../protocol/callback/callback-json.js';
import { MAX_BODY_NAMES } from '../../protocol/callback/callback-pairs.js';
import { decodeCanonicalBase64 } from '../../protocol/callback/callback-signature.js';
import { percentEncode } from '../../protocol/signing/percent-encoding.js';
import { jsonLayouts } from './signature-diagnosis-json.js';
import type { SignatureCause, SignatureCauseCode } from './signature-failure.js';

export interface BodyVariant {
  code: SignatureCauseCode;
  body: Buffer;
}

/** Bodies that OSS may have signed, of which a program in between made the one that arrived, the likeliest first. */
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

/** From where they begin: tried from each of them anew, the search would take the square of their number. */
const LINE_ENDS_AT_THE_END = /(?<![\r\n])[\r\n]+$/;

function lineEndVariants(text: string): BodyVariant[] {
  const trimmed = text.replace(/^\ufeff/, '').replace(LINE_ENDS_AT_THE_END, '');
  return [
    variant('line-end-added', trimmed),
    variant('line-end-lost', `${text}\n`),
    ...(trimmed.includes('\r\n')
      ? [variant('line-ends-changed', text.replaceAll('\r\n', '\n'))]
      : [variant('line-ends-changed', text.replaceAll('\n', '\r\n'))]),
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
    variant('form-rewritten', written(percentEncode)),
    variant('form-rewritten', text.replaceAll('+', '%20')),
    variant('form-rewritten', text.replaceAll('%20', '+')),
    variant('form-rewritten', written(encodeURIComponent)),
    variant('form-rewritten', upperCaseEscapes(text)),
    ...lineEndVariants(text),
    ...base64Variants(text),
  ];
}

function jsonVariants(text: string): BodyVariant[] {
  const read = readCallbackJson(text);
  // What was parsed and written again can be read.
  if (!read.ok) return lineEndVariants(text);
  const form = read.pairs.map(([name, value]) => `${name}=${percentEncode(value ?? '')}`);
  return [
    ...lineEndVariants(text),
    ...(form.length > 0 ? [variant('body-converted', form.join('&'))] : []),
    ...jsonLayouts(text).map((layout) => variant('json-rewritten', layout)),
  ];
}

/** Some gateways hand bodies to their functions in base64. */
function base64Variants(text: string): BodyVariant[] {
  const decoded = decodeCanonicalBase64(text.trim());
  return decoded ? [{ code: 'body-base64', body: decoded }] : [];
}

/** Text that was read as Latin-1 and written as UTF-8. */
function charsetVariants(text: string): BodyVariant[] {
  return /[\u0080-\u00ff]/.test(text) && !/[\u0100-\uffff]/.test(text)
    ? [{ code: 'charset-changed', body: Buffer.from(text, 'latin1') }]
    : [];
}

function variant(code: SignatureCauseCode, text: string): BodyVariant {
  return { code, body: Buffer.from(text, 'utf8') };
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

const WHAT_HAPPENED: Partial<Record<SignatureCauseCode, string>> = {
  'form-rewritten': 'the form was parsed and written again with other escapes',
  'json-rewritten': 'the JSON was parsed and written again with other spaces or escapes',
  'body-converted': 'the form that OSS sent was parsed and written again as JSON',
  'body-base64': 'it was encoded as base64',
  'charset-changed': 'it was read in another character set than UTF-8 and written again',
  'line-end-added': 'a line end or a byte order mark was added',
  'line-end-lost': 'the line end at its end was removed',
  'line-ends-changed': 'its line ends were changed',
};

export function bodyCause(code: SignatureCauseCode): SignatureCause {
  return {
    code,
    explanation: `the body is not as OSS sent it: ${WHAT_HAPPENED[code]}`,
    remedy:
      'Have whatever stands before the app (API gateway, WAF, middleware) pass the bytes of the body on as they come; no option of this package can bring them back',
  };
}
