import { type OpenApiProperties, propertiesByValidators } from '../../variables/openapi.js';
import type { OpenApiRoute } from '../openapi.js';
import { MAX_FILES, WishedFileDto } from './read-upload-wishes.js';
import {
  OssUploadAuthorisationDto,
  OssUploadAuthorisationsDto,
  OssUploadRefusalDto,
  OssUploadStatusDto,
} from './upload-answers.js';
import type { CheckedUploadControllerOptions } from './upload-controller-options.js';
import { UPLOAD_CARRIERS } from './upload-wish.js';

type Schema = Readonly<Record<string, unknown>>;

const refusal = (description: string) => ({ description, type: OssUploadRefusalDto });
const unknown = {
  404: refusal('UPLOAD_NOT_FOUND: no such upload, or the upload of another owner'),
};
const path = { uploadId: { type: 'string', format: 'uuid' } } as const;

/** How `@nestjs/swagger` describes the routes of a controller with these options. */
export function describeUploadRoutes({
  wishes,
  variables,
}: Pick<CheckedUploadControllerOptions, 'wishes' | 'variables'>) {
  const extras = {
    ...(wishes ? { wishes: schemaOf(propertiesByValidators(wishes)) } : {}),
    ...(variables ? { variables: schemaOf(propertiesByValidators(variables)) } : {}),
  };
  const file = schemaOf(propertiesByValidators(WishedFileDto));
  const carriers = {
    type: 'array',
    items: { type: 'string', enum: UPLOAD_CARRIERS },
    description: 'Upload methods that the client supports. Default: all',
  };
  const one = { type: 'object', required: ['file'], properties: { file, ...extras, carriers } };
  const items = { ...file, properties: { ...file.properties, ...extras } };
  const list = {
    type: 'object',
    required: ['files'],
    properties: {
      files: { type: 'array', minItems: 1, maxItems: MAX_FILES, items },
      carriers,
    },
  };
  return {
    authorize: {
      summary: 'Authorises the upload of a file, or of each file of a list',
      body: { schema: { oneOf: [one, list] } },
      models: [OssUploadAuthorisationDto, OssUploadAuthorisationsDto],
      responses: {
        201: {
          description:
            'One authorisation; for a list { "uploads" }, with an error in place of each refused one',
          schema: { oneOf: [refTo(OssUploadAuthorisationDto), refTo(OssUploadAuthorisationsDto)] },
        },
        400: refusal('INVALID_UPLOAD_REQUEST'),
        403: refusal('UPLOAD_REFUSED, with the reason'),
      },
    },
    parts: {
      summary: 'Presigns further parts of a multipart upload',
      path,
      body: {
        schema: {
          type: 'object',
          required: ['handle', 'from'],
          properties: {
            handle: { type: 'string' },
            from: { type: 'integer', minimum: 1 },
            to: { type: 'integer', minimum: 1 },
          },
        },
      },
      responses: {
        201: { description: 'As authorizeParts returns them', schema: { type: 'object' } },
        400: refusal('INVALID_UPLOAD_REQUEST'),
        ...unknown,
      },
    },
    status: {
      summary: 'Status of an upload',
      path,
      responses: { 200: { description: 'The status', type: OssUploadStatusDto }, ...unknown },
    },
    reconcile: {
      summary: 'Looks for an upload whose callback may be lost, then returns its status',
      path,
      responses: { 200: { description: 'The status', type: OssUploadStatusDto }, ...unknown },
    },
  } satisfies Record<string, OpenApiRoute>;
}

function refTo({ name }: { name: string }): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

function schemaOf(described: OpenApiProperties) {
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const [name, { required: isRequired, ...schema }] of Object.entries(described)) {
    properties[name] = schema;
    if (isRequired) required.push(name);
  }
  return { type: 'object', required, properties };
}
