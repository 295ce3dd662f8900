import type { OpenApiProperty } from '../variables/openapi.js';

type Class = abstract new (...args: never[]) => object;

/** Where `@nestjs/swagger` 11 and 12 keep what their decorators say, so that routes are described without importing it. */
const RESPONSES = 'swagger/apiResponse';
const PARAMETERS = 'swagger/apiParameters';
const OPERATION = 'swagger/apiOperation';
const MODELS = 'swagger/apiExtraModels';

/** A schema of one class or another. */
export type OpenApiBody = { type: Class } | { schema: Readonly<Record<string, unknown>> };

export interface OpenApiRoute {
  summary: string;
  body?: OpenApiBody;
  /** Classes that a schema refers to by name. */
  models?: readonly Class[];
  /** Path parameters. */
  path?: Readonly<Record<string, Omit<OpenApiProperty, 'required'>>>;
  /** By status. */
  responses: Readonly<Record<number, OpenApiBody & { description: string }>>;
}

/** Describes a route for `@nestjs/swagger`. */
export function DescribedForOpenApi({ summary, body, models, path, responses }: OpenApiRoute) {
  return (_prototype: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    const method = descriptor.value as object;
    const parameters = [
      ...(body ? [{ in: 'body', type: String, required: true, ...body }] : []),
      ...Object.entries(path ?? {}).map(([name, schema]) => ({
        in: 'path',
        name,
        type: String,
        required: true,
        schema,
      })),
    ];
    Reflect.defineMetadata(OPERATION, { summary }, method);
    Reflect.defineMetadata(PARAMETERS, parameters, method);
    Reflect.defineMetadata(RESPONSES, responses, method);
    if (models) Reflect.defineMetadata(MODELS, models, method);
  };
}
