import { isUtf8 } from 'node:buffer';
import { readCallbackForm } from './callback-form.js';
import { readCallbackJson } from './callback-json.js';

/** The name-value pairs of a body, each value as text; `null` is what OSS writes for an unset variable. */
export type CallbackBodyValues = ReadonlyMap<string, string | null>;

export type ParsedCallbackBody =
  { ok: true; shape: 'form' | 'json'; values: CallbackBodyValues } | { ok: false; problem: string };

/**
 * Reads a callback body. Its format is detected from its first character, not from the Content-Type: that header is
 * not signed, and OSS sends form-shaped bodies as JSON if the uploader asks for it. A body with a repeated name is
 * refused, since two readers could take different values from it.
 */
export function parseCallbackBody(body: Uint8Array): ParsedCallbackBody {
  if (!isUtf8(body)) return { ok: false, problem: 'the body is not valid UTF-8' };
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const shape = /^\s*\{/.test(text) ? 'json' : 'form';
  const read = shape === 'json' ? readCallbackJson(text) : readCallbackForm(text);
  if (!read.ok) return read;

  const mayBeUnstorable = UNSTORABLE.some((way) => text.includes(way));
  const values = new Map<string, string | null>();
  for (const [name, value] of read.pairs) {
    if (values.has(name)) {
      return { ok: false, problem: `the name ${JSON.stringify(name.slice(0, 64))} appears twice` };
    }
    const problem = mayBeUnstorable
      ? (findUnstorable(name) ?? findUnstorable(value ?? ''))
      : undefined;
    if (problem) return { ok: false, problem };
    values.set(name, value);
  }
  return { ok: true, shape, values };
}

/** How a NUL or a lone surrogate can be written. */
const UNSTORABLE = ['\0', '%00', '\\u'];

/** Characters that PostgreSQL cannot store. */
function findUnstorable(text: string): string | undefined {
  if (text.includes('\0')) return 'the body contains a NUL character';
  // JSON escapes can produce lone surrogates.
  return text.isWellFormed() ? undefined : 'the body contains a lone surrogate';
}
