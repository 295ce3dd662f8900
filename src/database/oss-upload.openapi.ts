import type { OpenApiProperties, OpenApiProperty } from '../variables/openapi.js';

const text = (description: string): OpenApiProperty => ({
  type: 'string',
  required: true,
  description,
});
const integer = (description: string): OpenApiProperty => ({
  type: 'integer',
  required: true,
  description,
});
const time = (description: string): OpenApiProperty => ({
  ...text(description),
  format: 'date-time',
});
const orNull = (property: OpenApiProperty): OpenApiProperty => ({ ...property, nullable: true });

/** How an `OssUpload` looks as JSON, for `@nestjs/swagger`. */
export const ossUploadProperties: OpenApiProperties = {
  id: { ...text("UUIDv7; the ticket's upload id where there is a ticket"), format: 'uuid' },
  identity: text('What is one upload: ticket:<id>, req:<request id> or sha256:<digest>'),
  bucket: text("OSS's name of the bucket"),
  object: text('Key of the object'),
  etag: orNull(text('Upper-case hex without quotes')),
  size: orNull(integer('In bytes')),
  mimeType: orNull(text('Content-Type that the object is stored with')),
  crc64: orNull(text('CRC64-ECMA, decimal digits')),
  contentMd5: orNull(text('Base64')),
  versionId: orNull(text('In buckets with versioning')),
  lastModified: orNull(time('When the object was stored')),
  imageWidth: orNull(integer('In pixels, as OSS reported it')),
  imageHeight: orNull(integer('In pixels, as OSS reported it')),
  imageFormat: orNull(text('For example png, as OSS reported it')),
  clientIp: orNull(text("The uploader's address as OSS saw it")),
  vpcId: orNull(text('For uploads through a VPC')),
  requestId: orNull(text("OSS's id of the upload request")),
  operation: orNull(text('PutObject, PostObject or CompleteMultipartUpload')),
  owner: orNull(text('Who the app authorised')),
  variables: {
    type: 'object',
    required: true,
    additionalProperties: { type: 'string' },
    description: 'Custom variables by property name',
  },
  source: { ...text('Where the row came from'), enum: ['callback', 'reconciliation'] },
  status: {
    ...text('What became of the upload'),
    enum: ['received', 'completed', 'failed', 'abandoned', 'rejected'],
  },
  attempts: integer('How often the handlers were started'),
  nextAttemptAt: orNull(time('When the handlers are tried again')),
  lastError: orNull(text('Why the last attempt failed, or what the object broke')),
  confirmedAt: orNull(time('When the bucket confirmed the object')),
  ticketed: {
    type: 'boolean',
    required: true,
    description: 'Whether the callback carried a ticket of this app',
  },
  publicKeyFingerprint: orNull(text('SHA-256 of the key that verified the callback, hex')),
  supersededEtag: orNull(text('ETag of another object that was reported for the same upload')),
  receivedAt: time('When the row was written'),
  completedAt: orNull(time('When the upload counted')),
};
