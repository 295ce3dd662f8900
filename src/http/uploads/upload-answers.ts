import {
  describeForOpenApi,
  integer,
  type OpenApiProperties,
  orNull,
  text,
  time,
} from '../../variables/openapi.js';
import { UPLOAD_STATUSES } from '../../records/queries/upload-filter.js';
import type { UploadState, UploadStatusReport } from '../../records/queries/upload-status.js';
import type { CarriedAuthorisation } from './upload-authorisations.js';
import { UPLOAD_CARRIERS, type UploadCarrier } from './upload-wish.js';
import type { OssCallbackError } from '../../common/errors.js';

/** `POST /` for one file. */
export class OssUploadAuthorisationDto {
  carrier!: UploadCarrier;
  authorisation!: CarriedAuthorisation['authorisation'];
}

/** Why a file is refused. */
export class OssUploadRefusalDto {
  code!: string;
  message!: string;
  reason?: string;
}

/** `POST /` for a list of files, in the order of the request. */
export class OssUploadAuthorisationsDto {
  uploads!: (CarriedAuthorisation | { error: OssUploadRefusalDto })[];
}

/** `GET /:uploadId`, and `POST /:uploadId/reconciliation`. */
export class OssUploadStatusDto {
  uploadId!: string;
  status!: Exclude<UploadState, 'unknown'>;
  object!: string | null;
  size!: number | null;
  mimeType!: string | null;
  completedAt!: Date | null;
  bucketAnswered?: boolean;
}

/** What a client may know of its upload; the record has more. */
export function toStatusDto(
  { uploadId, status, upload }: UploadStatusReport,
  bucketAnswered?: boolean,
): OssUploadStatusDto {
  return {
    uploadId,
    status: status as OssUploadStatusDto['status'],
    object: upload?.object ?? null,
    size: upload?.size ?? null,
    mimeType: upload?.mimeType ?? null,
    completedAt: upload?.completedAt ?? null,
    bucketAnswered,
  };
}

/** What failed on the app's side is for its log: there OSS speaks of the account, its keys and permissions. */
export function toRefusalDto(error: OssCallbackError): OssUploadRefusalDto {
  if (error.getStatus() < 500) return error.getResponse() as OssUploadRefusalDto;
  return { code: error.code, message: 'The app could not do this; its log says why.' };
}

const described: [type: new () => object, properties: OpenApiProperties][] = [
  [
    OssUploadAuthorisationDto,
    {
      carrier: { ...text('How to send the file'), enum: UPLOAD_CARRIERS },
      authorisation: {
        type: 'object',
        required: true,
        description:
          'form: uploadId, url, fields, expiresAt; put: uploadId, method, url, headers, expiresAt; multipart: uploadId, parts, complete, abort and more, as OssUploadService returns them',
      },
    },
  ],
  [
    OssUploadRefusalDto,
    {
      code: text('For example UPLOAD_REFUSED'),
      message: text('For people'),
      reason: {
        ...text('Why an upload is refused, for the code of the client'),
        required: false,
      },
    },
  ],
  [
    OssUploadAuthorisationsDto,
    {
      uploads: {
        type: 'object',
        isArray: true,
        required: true,
        description: 'In the order of the files: { carrier, authorisation } or { error }',
      },
    },
  ],
  [
    OssUploadStatusDto,
    {
      uploadId: { ...text('UUIDv7'), format: 'uuid' },
      status: {
        ...text('What became of the upload'),
        enum: ['pending', ...UPLOAD_STATUSES, 'expired', 'ambiguous', 'unresolved'],
      },
      object: orNull(text('Key of the object, once there is a record')),
      size: orNull(integer('In bytes')),
      mimeType: orNull(text('Content-Type that the object is stored with')),
      completedAt: orNull(time('When the upload counted')),
      bucketAnswered: {
        type: 'boolean',
        required: false,
        description: 'Of a reconciliation: whether the bucket was asked now, and answered',
      },
    },
  ],
];
for (const [type, properties] of described) describeForOpenApi(type, () => properties);
