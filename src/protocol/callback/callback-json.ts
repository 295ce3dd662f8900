import { type CallbackPairs, MAX_BODY_NAMES, TOO_MANY_NAMES } from './callback-pairs.js';

const MAX_DEPTH = 16;

/**
 * Reads a JSON body. `JSON.parse` is not enough: it rounds `crc64`, which OSS writes as a bare number above 2^53,
 * and hides repeated names; and OSS may leave out the value of an unset variable (`"width":,`).
 * Numbers and booleans are returned as text, nested values as JSON text, a missing value as `null`.
 */
export function readCallbackJson(text: string): CallbackPairs {
  try {
    return { ok: true, pairs: new Reader(text).readBody() };
  } catch (error) {
    if (error instanceof TooManyNames) return { ok: false, problem: TOO_MANY_NAMES };
    if (!(error instanceof JsonProblem)) throw error;
    return { ok: false, problem: `the body is not valid JSON (${error.message})` };
  }
}

class JsonProblem extends Error {}
class TooManyNames extends Error {}

const SPACE = /[\t\n\r ]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Reader {
  private position = 0;

  constructor(private readonly text: string) {}

  readBody(): [string, string | null][] {
    this.skipSpace();
    const pairs: [string, string | null][] = [];
    this.readObject(0, (name, raw, isString) => {
      if (pairs.length === MAX_BODY_NAMES) throw new TooManyNames();
      const value = isString ? (JSON.parse(raw) as string) : raw === 'null' ? null : raw;
      pairs.push([name, value]);
    });
    this.skipSpace();
    if (this.position < this.text.length) this.fail('the end');
    return pairs;
  }

  private readObject(
    depth: number,
    onPair: (name: string, raw: string, isString: boolean) => void,
  ): void {
    if (depth > MAX_DEPTH) throw new JsonProblem(`nested deeper than ${MAX_DEPTH} levels`);
    this.expect('{');
    if (this.skipIf('}')) return;
    do {
      this.skipSpace();
      const name = JSON.parse(this.take(STRING) ?? this.fail('a name in quotes')) as string;
      this.skipSpace();
      this.expect(':');
      this.skipSpace();
      const start = this.position;
      const isString = this.text[start] === '"';
      const missing = this.text[start] === ',' || this.text[start] === '}';
      if (!missing) this.readValue(depth);
      onPair(name, missing ? 'null' : this.text.slice(start, this.position), isString);
      this.skipSpace();
    } while (this.skipIf(','));
    this.expect('}');
  }

  private readValue(depth: number): void {
    const first = this.text[this.position];
    if (first === '{') this.readObject(depth + 1, () => undefined);
    else if (first === '[') this.readArray(depth + 1);
    else if (!(this.take(STRING) ?? this.take(NUMBER) ?? this.take(WORD))) this.fail('a value');
  }

  private readArray(depth: number): void {
    if (depth > MAX_DEPTH) throw new JsonProblem(`nested deeper than ${MAX_DEPTH} levels`);
    this.expect('[');
    if (this.skipIf(']')) return;
    do {
      this.skipSpace();
      this.readValue(depth);
      this.skipSpace();
    } while (this.skipIf(','));
    this.expect(']');
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  private skipSpace(): void {
    this.take(SPACE);
  }

  private skipIf(character: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.skipIf(character)) this.fail(JSON.stringify(character));
  }

  private fail(expected: string): never {
    throw new JsonProblem(`expected ${expected} at character ${this.position}`);
  }
}
