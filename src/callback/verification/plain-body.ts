import type { ParsedCallbackBody } from '../../protocol/callback/callback-body.js';

const OWN: PropertyDescriptor = { configurable: true, enumerable: true, writable: true };

/**
 * A callback's body as `@Body()` shows it: the names and values as they were sent, `x:` and ticket included. Values
 * of a form are texts; those of JSON are what JSON says, except that integers which a number cannot hold (`crc64`)
 * stay texts.
 */
export function toPlainBody(
  { shape, values }: ParsedCallbackBody & { ok: true },
  body: Buffer,
): Record<string, unknown> {
  const texts: Record<string, string | null> = {};
  for (const [name, value] of values) {
    if (name === '__proto__') Object.defineProperty(texts, name, { ...OWN, value });
    else texts[name] = value;
  }
  if (shape === 'form') return texts;
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return texts; // OSS left out the value of an unset variable, which is not JSON
  }
  for (const [name, value] of Object.entries(json)) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) json[name] = texts[name];
  }
  return json;
}
