import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isStorable } from '../common/database-text.js';
import type { CustomVariablesDto, CustomVariablesType } from './custom-variables.dto.js';
import { toVariableName } from './variable-names.js';

/** Custom variables by property name, as text. An empty value equals an unset one: OSS does not distinguish them. */
export type CustomVariableTexts = Readonly<Record<string, string>>;

export type TextsRead = { ok: true; texts: CustomVariableTexts } | { ok: false; problem: string };
export type VariablesRead<T> = { ok: true; variables: T } | { ok: false; problem: string };

/** Serializes an instance of an app's DTO, or a plain object, to text values. Does not validate it. */
export function toVariableTexts(variables: object): TextsRead {
  const texts: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [property, value] of Object.entries(variables) as [string, unknown][]) {
    if (value === undefined || value === null || value === '') continue;
    if (!toVariableName(property)) {
      return {
        ok: false,
        problem: `the property ${JSON.stringify(property)} cannot be sent as a variable. Use letters and digits only, beginning with a lower-case letter, as in "userId"`,
      };
    }
    const text = toText(value);
    if (text === undefined) {
      return {
        ok: false,
        problem: `the property "${property}" is not a string, number, boolean or date`,
      };
    }
    if (!isStorable(text)) {
      return {
        ok: false,
        problem: `the property "${property}" contains a NUL character or a lone surrogate, which PostgreSQL cannot store`,
      };
    }
    texts[property] = text;
  }
  if ('ticket' in texts) {
    return {
      ok: false,
      problem: 'the property "ticket" is reserved for the ticket. Rename it',
    };
  }
  return { ok: true, texts };
}

/** Creates and validates an instance of the app's DTO from text values. */
export function toVariablesDto<T extends CustomVariablesDto>(
  type: CustomVariablesType<T>,
  texts: CustomVariableTexts,
): VariablesRead<T> {
  const plain = Object.fromEntries(
    Object.entries(texts).map(([property, text]) => [property, toDeclared(type, property, text)]),
  );
  const variables = plainToInstance(type, plain);
  const problem = findProblem(variables);
  return problem ? { ok: false, problem } : { ok: true, variables };
}

/** The first violation that class-validator reports, with the property's name. */
export function findProblem(dto: object): string | undefined {
  const [error] = validateSync(dto, { forbidUnknownValues: false });
  return error && (Object.values(error.constraints ?? {})[0] ?? `"${error.property}" is not valid`);
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined;
}

/** Converts text to the declared type of the property; what does not fit is left for the validators to reject. */
function toDeclared(type: CustomVariablesType, property: string, text: string): unknown {
  const declared: unknown = Reflect.getMetadata('design:type', type.prototype as object, property);
  if (declared === Number && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (declared === Boolean && (text === 'true' || text === 'false')) return text === 'true';
  if (declared === Date && !Number.isNaN(Date.parse(text))) return new Date(text);
  return text;
}
