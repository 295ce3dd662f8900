import { getMetadataStorage } from 'class-validator';

/** What an OpenAPI schema says about one property. */
export interface OpenApiProperty {
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'object';
  required: boolean;
  nullable?: boolean;
  description?: string;
  format?: string;
  enum?: readonly string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  additionalProperties?: { type: 'string' };
  isArray?: boolean;
}

export type OpenApiProperties = Record<string, OpenApiProperty>;

export const text = (description: string): OpenApiProperty => ({
  type: 'string',
  required: true,
  description,
});
export const integer = (description: string): OpenApiProperty => ({
  type: 'integer',
  required: true,
  description,
});
export const time = (description: string): OpenApiProperty => ({
  ...text(description),
  format: 'date-time',
});
export const orNull = (property: OpenApiProperty): OpenApiProperty => ({
  ...property,
  nullable: true,
});

/** The static method from which `@nestjs/swagger` reads a class's properties; its compiler plugin also generates it. */
const METADATA_FACTORY = '_OPENAPI_METADATA_FACTORY';
/** Where `@ApiExcludeEndpoint()` of `@nestjs/swagger` 11 and 12 says so. */
const EXCLUDED_ROUTE = 'swagger/apiExcludeEndpoint';

/**
 * Lets `@nestjs/swagger` describe a class, without importing it. `@ApiProperty()` on a property of a subclass takes
 * precedence.
 */
export function describeForOpenApi(
  type: abstract new () => object,
  read: (type: abstract new () => object) => OpenApiProperties,
): void {
  Object.defineProperty(type, METADATA_FACTORY, {
    configurable: true,
    writable: true,
    // Subclasses inherit the method, so it is called on them.
    value(this: abstract new () => object) {
      return read(this);
    },
  });
}

/** Leaves a route out of what `@nestjs/swagger` describes. */
export function hideFromOpenApi(method: object): void {
  Reflect.defineMetadata(EXCLUDED_ROUTE, { disable: true }, method);
}

/** The properties of a DTO as its validators and declared types have them. */
export function propertiesByValidators(type: abstract new () => object): OpenApiProperties {
  const properties: OpenApiProperties = {};
  for (const { propertyName, type: kind, name, constraints } of getMetadataStorage()
    // including inherited ones
    .getTargetValidationMetadatas(type, '', false, false)) {
    const property = (properties[propertyName] ??= {
      ...declaredType(type, propertyName),
      required: true,
    });
    if (kind === 'conditionalValidation') property.required = false;
    else Object.assign(property, RULES[name ?? '']?.(...((constraints ?? []) as never[])));
  }
  return properties;
}

function declaredType(
  type: abstract new () => object,
  property: string,
): Pick<OpenApiProperty, 'type' | 'format'> {
  const declared: unknown = Reflect.getMetadata('design:type', type.prototype as object, property);
  if (declared === Number) return { type: 'number' };
  if (declared === Boolean) return { type: 'boolean' };
  if (declared === Date) return { type: 'string', format: 'date-time' };
  return { type: 'string' }; // as it is sent
}

/** class-validator's rules that a schema can express. */
const RULES: Record<string, ((...constraints: never[]) => Partial<OpenApiProperty>) | undefined> = {
  isInt: () => ({ type: 'integer' }),
  min: (minimum: number) => ({ minimum }),
  max: (maximum: number) => ({ maximum }),
  minLength: (minLength: number) => ({ minLength }),
  maxLength: (maxLength: number) => ({ maxLength }),
  isLength: (minLength: number, maxLength?: number) => ({
    minLength,
    ...(maxLength === undefined ? {} : { maxLength }),
  }),
  matches: ({ source }: RegExp) => ({ pattern: source }),
  isIn: (values: readonly unknown[]) =>
    values.every((value) => typeof value === 'string') ? { enum: values } : {},
  isEnum: (_entity: object, values: readonly unknown[]) =>
    values.every((value) => typeof value === 'string') ? { enum: values } : {},
  isEmail: () => ({ format: 'email' }),
  isUuid: () => ({ format: 'uuid' }),
};
