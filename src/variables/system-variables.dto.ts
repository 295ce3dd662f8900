import { Transform } from 'class-transformer';
import {
  IsByteLength,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { describeForOpenApi, propertiesByValidators } from './openapi.js';

/** OSS writes decimal digits; whatever else `Number()` takes stays text, which `@IsInt()` refuses. */
const WholeNumber = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value,
  );

/** PostgreSQL's `integer`, in which image dimensions are kept. */
const MAX_DIMENSION = 2 ** 31 - 1;

/**
 * What OSS's system variables said about an upload. Every value was signed by OSS; which of them the bucket
 * confirmed stands in the `OssUpload`. A value is absent where the body's template does not name the variable or
 * OSS had nothing to say.
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 */
export class SystemVariablesDto {
  /** `${bucket}`; the app's only bucket where the body names none. */
  @IsString()
  @MaxLength(63)
  bucket!: string;

  /**
   * `${object}`: the complete key, at most 1,023 bytes. Empty where the body does not name it, which `@OssCallback`
   * refuses and `OssCallbackGuard` alone does not.
   */
  @IsString()
  @IsByteLength(0, 1023)
  object!: string;

  /**
   * `${etag}`: upper-case, without quotes; an MD5 in hex for PutObject, with `-N` for a multipart upload, and
   * by the documents a UUID for PostObject.
   */
  @IsOptional()
  @Matches(/^[0-9A-F-]{1,64}$/, { message: 'etag must be an ETag of OSS' })
  etag?: string;

  /** `${size}`, in bytes. */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  size?: number;

  /** `${mimeType}`: the Content-Type that the object was stored with, as the uploader declared it. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  mimeType?: string;

  /** `${imageInfo.height}`, in pixels; only for images. */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(MAX_DIMENSION)
  imageHeight?: number;

  /** `${imageInfo.width}`, in pixels; only for images. */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(MAX_DIMENSION)
  imageWidth?: number;

  /** `${imageInfo.format}`, for example `png`; only for images. */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  imageFormat?: string;

  /** `${crc64}`: CRC64-ECMA as decimal digits; a text, since numbers would lose digits. */
  @IsOptional()
  @Matches(/^\d{1,20}$/, { message: 'crc64 must be decimal digits' })
  crc64?: string;

  /** `${contentMd5}`: base64; absent for multipart uploads. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9+/]{22}==$/, { message: 'contentMd5 must be the base64 of an MD5' })
  contentMd5?: string;

  /** `${vpcId}`: only for uploads through a VPC. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  vpcId?: string;

  /** `${clientIp}`: the uploader's address as OSS saw it. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  clientIp?: string;

  /** `${reqId}`: OSS's id of the upload request. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  requestId?: string;

  /** `${operation}`: `PutObject`, `PostObject` or `CompleteMultipartUpload`. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  operation?: string;
}

describeForOpenApi(SystemVariablesDto, propertiesByValidators);
