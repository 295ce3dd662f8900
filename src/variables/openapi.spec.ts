import 'reflect-metadata';
import {
  IsBoolean,
  IsDate,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
} from 'class-validator';
import { describe, expect, it } from 'vitest';
import { CustomVariablesDto } from './custom-variables.dto.js';
import type { OpenApiProperties } from './openapi.js';
import { SystemVariablesDto } from './system-variables.dto.js';

class AlbumVariables extends CustomVariablesDto {
  @IsInt() @Max(999) albumId!: number;
  @IsString() @MaxLength(80) caption!: string;
  @IsOptional() @IsIn(['public', 'private']) visibility?: string;
  @IsBoolean() cover!: boolean;
  @IsDate() takenAt!: Date;
}

class HolidayVariables extends AlbumVariables {
  @IsString() place!: string;
}

function describedBy(type: abstract new () => object): OpenApiProperties {
  const described = type as unknown as { _OPENAPI_METADATA_FACTORY(): OpenApiProperties };
  return described._OPENAPI_METADATA_FACTORY();
}

describe('for @nestjs/swagger', () => {
  it("an app's variables have their types and the limits of their validators", () => {
    expect(describedBy(AlbumVariables)).toEqual({
      albumId: { type: 'integer', required: true, maximum: 999 },
      caption: { type: 'string', required: true, maxLength: 80 },
      visibility: { type: 'string', required: false, enum: ['public', 'private'] },
      cover: { type: 'boolean', required: true },
      takenAt: { type: 'string', format: 'date-time', required: true },
    });
  });

  it('a subclass has what it inherits as well', () => {
    expect(Object.keys(describedBy(HolidayVariables)).toSorted()).toEqual([
      'albumId',
      'caption',
      'cover',
      'place',
      'takenAt',
      'visibility',
    ]);
    expect(describedBy(CustomVariablesDto)).toEqual({});
  });

  it('the system variables are described, two of them as always there', () => {
    const properties = describedBy(SystemVariablesDto);
    expect(Object.keys(properties)).toHaveLength(14);
    expect(properties.size).toEqual({
      type: 'integer',
      required: false,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
    });
    const required = Object.keys(properties).filter((name) => properties[name]!.required);
    expect(required.toSorted()).toEqual(['bucket', 'object']);
  });

  it('nothing of it shows on the class', () => {
    expect(Object.keys(AlbumVariables)).toEqual([]);
    expect(Object.keys(CustomVariablesDto)).toEqual([]);
  });
});
