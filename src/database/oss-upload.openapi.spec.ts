import 'reflect-metadata';
import { getMetadataArgsStorage } from 'typeorm';
import { expect, it } from 'vitest';
import { OssUpload } from './oss-upload.entity.js';
import { ossUploadProperties } from './oss-upload.openapi.js';

const TYPES: Record<string, object> = {
  uuid: { type: 'string', format: 'uuid' },
  text: { type: 'string' },
  bigint: { type: 'integer' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  jsonb: { type: 'object' },
  'timestamp with time zone': { type: 'string', format: 'date-time' },
};

it('describes every column as it is declared', () => {
  const columns = getMetadataArgsStorage().filterColumns(OssUpload);
  expect(columns.map(({ propertyName }) => propertyName).toSorted()).toEqual(
    Object.keys(ossUploadProperties).toSorted(),
  );
  for (const { propertyName, options } of columns) {
    const property = ossUploadProperties[propertyName]!;
    expect(property, propertyName).toMatchObject(TYPES[String(options.type)]!);
    expect(property.nullable ?? false, propertyName).toBe(options.nullable ?? false);
    expect(property.description, propertyName).toMatch(/\w/);
  }
});
