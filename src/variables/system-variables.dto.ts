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
import { MAX_OBJECT_NAME_BYTES } from '../protocol/object-limits.js';
import * as limits from './system-variable-limits.js';
import { describeForOpenApi, propertiesByValidators } from './openapi.js';

/** OSS writes decimal digits; other input of `Number()`, such as `1e3`, stays text, which `@IsInt()` rejects. */
const WholeNumber = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && limits.WHOLE_NUMBER.test(value) ? Number(value) : value,
  );

/**
 * The system variables of an upload as OSS sent them. OSS signed every value; which of them the bucket confirmed
 * is recorded in the `OssUpload`. A value is absent if the body's template does not name the variable or OSS left
 * it unset.
 * @see https://help.aliyun.com/zh/oss/developer-reference/callback
 * @category Callback routes
 */
export class SystemVariablesDto {
  /** `${bucket}`; the app's only bucket if the body does not name it. */
  @IsString()
  @MaxLength(limits.MAX_BUCKET_LENGTH)
  bucket!: string;

  /**
   * `${object}`: the complete key, at most 1,023 bytes. Empty if the body does not name it, which `@OssCallback` refuses
   * and `OssCallbackGuard` alone does not.
   */
  @IsString()
  @IsByteLength(0, MAX_OBJECT_NAME_BYTES)
  object!: string;

  /**
   * `${etag}`: upper-case, without quotes; an MD5 in hex for PutObject, for a multipart upload the MD5 of its N parts'
   * ETags with `-N`, and by the documents a UUID for PostObject.
   */
  @IsOptional()
  @Matches(limits.ETAG, { message: 'etag must be an ETag of OSS' })
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
  @MaxLength(limits.MAX_MIME_TYPE_LENGTH)
  mimeType?: string;

  /** `${imageInfo.height}`, in pixels; only for images. */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(limits.MAX_DIMENSION)
  imageHeight?: number;

  /** `${imageInfo.width}`, in pixels; only for images. */
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(limits.MAX_DIMENSION)
  imageWidth?: number;

  /** `${imageInfo.format}`, for example `png`; only for images. */
  @IsOptional()
  @IsString()
  @MaxLength(limits.MAX_FORMAT_LENGTH)
  imageFormat?: string;

  /** `${crc64}`: CRC64-ECMA as decimal digits; a text, since numbers would lose digits. */
  @IsOptional()
  @Matches(limits.CRC64, { message: 'crc64 must be decimal digits' })
  crc64?: string;

  /** `${contentMd5}`: base64; absent for multipart uploads. */
  @IsOptional()
  @Matches(limits.CONTENT_MD5, { message: 'contentMd5 must be the base64 of an MD5' })
  contentMd5?: string;

  /** `${vpcId}`: only for uploads through a VPC. */
  @IsOptional()
  @IsString()
  @MaxLength(limits.MAX_VPC_ID_LENGTH)
  vpcId?: string;

  /** `${clientIp}`: the uploader's address as OSS saw it. */
  @IsOptional()
  @IsString()
  @MaxLength(limits.MAX_WORD_LENGTH)
  clientIp?: string;

  /** `${reqId}`: OSS's id of the upload request. */
  @IsOptional()
  @IsString()
  @MaxLength(limits.MAX_WORD_LENGTH)
  requestId?: string;

  /** `${operation}`: `PutObject`, `PostObject` or `CompleteMultipartUpload`. */
  @IsOptional()
  @IsString()
  @MaxLength(limits.MAX_WORD_LENGTH)
  operation?: string;
}

describeForOpenApi(SystemVariablesDto, propertiesByValidators);
