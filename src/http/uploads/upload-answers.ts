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

/**
 * The response to `POST /` for one file: an authorisation, and how to send the file with it.
 * @category Upload controller
 */
export class OssUploadAuthorisationDto {
  /** How to send the file; it decides which kind of authorisation follows. */
  carrier!: UploadCarrier;
  /**
   * As `authorizePostObject` (`form`), `authorizePutObject` (`put`) or `authorizeMultipart` (`multipart`) returned it,
   * with times in ISO 8601.
   */
  authorisation!: CarriedAuthorisation['authorisation'];
}

/**
 * Why a file is refused.
 * @category Upload controller
 */
export class OssUploadRefusalDto {
  /** A code of {@link OssCallbackErrorCode}, such as `UPLOAD_REFUSED`. */
  code!: string;
  /** A sentence for people. */
  message!: string;
  /**
   * With `UPLOAD_REFUSED`: a fixed text for the client's code, one of {@link OssUploadRefusalReason} or of the app's
   * own.
   */
  reason?: string;
}

/**
 * The response to `POST /` for a list of files.
 * @category Upload controller
 */
export class OssUploadAuthorisationsDto {
  /** In the order of the files: an {@link OssUploadAuthorisationDto}, or the error of a file that is refused. */
  uploads!: (
    | CarriedAuthorisation
    | {
        /** Why this file is refused. */
        error: OssUploadRefusalDto;
      }
  )[];
}

/**
 * The response to `GET /:uploadId` and to `POST /:uploadId/reconciliation`.
 * @category Upload controller
 */
export class OssUploadStatusDto {
  /** Id of the upload, UUIDv7. */
  uploadId!: string;
  /** The status of the record or, before there is one, of the authorisation. */
  status!: Exclude<UploadState, 'unknown'>;
  /** Key of the object; null as long as there is no record. */
  object!: string | null;
  /** Size of the object in bytes; null as long as there is no record. */
  size!: number | null;
  /** Content-Type that the object is stored with; null as long as there is no record. */
  mimeType!: string | null;
  /** When the upload was completed; null before that. */
  completedAt!: Date | null;
  /**
   * Of a reconciliation: whether the bucket was asked and answered. Only then does `pending` mean that there is no
   * object.
   */
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
  return {
    code: error.code,
    message: 'The app failed to handle the request; its log has the cause.',
  };
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
        ...text("Reason of the refusal, for the client's code"),
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
        ...text('Status of the upload'),
        enum: ['pending', ...UPLOAD_STATUSES, 'expired', 'ambiguous', 'unresolved'],
      },
      object: orNull(text('Key of the object, once there is a record')),
      size: orNull(integer('In bytes')),
      mimeType: orNull(text('Content-Type that the object is stored with')),
      completedAt: orNull(time('When the upload was completed')),
      bucketAnswered: {
        type: 'boolean',
        required: false,
        description: 'After a reconciliation: whether the bucket was queried now, and responded',
      },
    },
  ],
];
for (const [type, properties] of described) describeForOpenApi(type, () => properties);
