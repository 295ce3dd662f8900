import 'reflect-metadata';
import {
  IsBoolean,
  IsDate,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CustomVariablesDto } from './custom-variables.dto.js';
import { toVariablesDto, toVariableTexts } from './custom-variables.js';

class AlbumVariables extends CustomVariablesDto {
  @IsString() @MaxLength(40) title!: string;
  @IsInt() albumId!: number;
  @IsNumber() ratio!: number;
  @IsBoolean() isPublic!: boolean;
  @IsDate() takenAt!: Date;
  @IsOptional() @IsString() note?: string;
}

const album = Object.assign(new AlbumVariables(), {
  title: '1e3',
  albumId: 7,
  ratio: -0.5,
  isPublic: false,
  takenAt: new Date('2024-02-29T12:00:00.123Z'),
});
const texts = {
  title: '1e3',
  albumId: '7',
  ratio: '-0.5',
  isPublic: 'false',
  takenAt: '2024-02-29T12:00:00.123Z',
};

function textsOf(variables: object) {
  const read = toVariableTexts(variables);
  if (!read.ok) throw new Error(read.problem);
  return read.texts;
}

describe('custom variables', () => {
  it('travel as text and come back as they were declared', () => {
    expect({ ...textsOf(album) }).toEqual(texts);
    const read = toVariablesDto(AlbumVariables, texts);
    expect(read).toEqual({ ok: true, variables: album });
    expect(read.ok && read.variables).toBeInstanceOf(AlbumVariables);
  });

  it('come back the same, whatever their values', () => {
    class Anything extends CustomVariablesDto {
      @IsOptional() @IsString() text?: string;
      @IsOptional() @IsNumber() number?: number;
      @IsOptional() @IsBoolean() flag?: boolean;
      @IsOptional() @IsDate() date?: Date;
    }
    const value = fc.record(
      {
        text: fc
          .string({ unit: 'grapheme', minLength: 1 })
          .filter((text) => !text.includes('\0') && text.isWellFormed()),
        number: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
        flag: fc.boolean(),
        date: fc.date({ noInvalidDate: true }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, (given) => {
        const variables = Object.assign(new Anything(), given);
        expect(toVariablesDto(Anything, textsOf(variables))).toEqual({ ok: true, variables });
      }),
    );
  });

  it('leave out what has no value', () => {
    expect(Object.entries(textsOf({ a: undefined, b: null, c: '', d: 0, e: false }))).toEqual([
      ['d', '0'],
      ['e', 'false'],
    ]);
  });

  it.each<[string, object, string]>([
    ['a name that cannot be sent', { user_id: '1' }, 'the property "user_id" cannot be sent as a variable'],
    ['the name of the ticket', { ticket: '1' }, 'the property "ticket" is reserved for the ticket'],
    ['an object', { a: {} }, 'the property "a" is not a string, number, boolean or date'],
    ['a list', { a: ['x'] }, 'the property "a" is not a string, number, boolean or date'],
    ['no number', { a: NaN }, 'the property "a" is not a string, number, boolean or date'],
    ['infinity', { a: Infinity }, 'the property "a" is not a string, number, boolean or date'],
    ['no date', { a: new Date('x') }, 'the property "a" is not a string, number, boolean or date'],
    ['a NUL', { a: 'x\0' }, 'the property "a" contains a NUL character or a lone surrogate'],
    ['a lone surrogate', { a: '\ud83d' }, 'the property "a" contains a NUL character or a lone surrogate'],
  ])('cannot hold %s', (_what, variables, problem) => {
    expect(toVariableTexts(variables)).toEqual({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  }); // prettier-ignore

  it.each<[string, Record<string, string>, string]>([
    ['a number that is none', { albumId: '7x' }, 'albumId must be an integer number'],
    ['a number in hex', { ratio: '0x10' }, 'ratio must be a number'],
    ['a number that is empty', { albumId: ' ' }, 'albumId must be an integer number'],
    ['a flag that is none', { isPublic: 'yes' }, 'isPublic must be a boolean value'],
    ['a date that is none', { takenAt: 'soon' }, 'takenAt must be a Date instance'],
    ['a text too long', { title: 'x'.repeat(41) }, 'title must be shorter'],
  ])('are refused when they come back with %s', (_what, changed, problem) => {
    expect(toVariablesDto(AlbumVariables, { ...texts, ...changed })).toEqual({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  });

  it('are refused when one is missing', () => {
    const { title: _title, ...others } = texts;
    expect(toVariablesDto(AlbumVariables, others)).toMatchObject({ ok: false });
  });

  it('come back complete where the class does not know them', () => {
    class Open extends CustomVariablesDto {}
    expect(toVariablesDto(Open, { a: '1' })).toEqual({
      ok: true,
      variables: Object.assign(new Open(), { a: '1' }),
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'named %s do no harm',
    (name) => {
      const hostile = Object.defineProperty({ ...texts }, name, { value: 'x', enumerable: true });
      const read = toVariablesDto(AlbumVariables, hostile);
      if (!read.ok) expect.fail(read.problem);
      expect(read.variables).toBeInstanceOf(AlbumVariables);
      expect(Object.getPrototypeOf(read.variables)).toBe(AlbumVariables.prototype);
      expect(read.variables.constructor).toBe(AlbumVariables);
      expect(typeof read.variables.toString).toBe('function');
      expect(read.variables.albumId).toBe(7);
      expect(({} as Record<string, unknown>).x).toBeUndefined();
    },
  );
});
