/**
 * Uploads from browsers, mini-programs, React Native and Node: {@link createOssUploader} is a client of the app's
 * `createOssUploadController`, and {@link uploadToOss} sends one file with an authorisation that the app obtained in
 * another way.
 *
 * ```ts
 * import { createOssUploader } from 'nestjs-oss-callback/client';
 * ```
 * @module nestjs-oss-callback/client
 */
export type {
  Authorisation,
  CarrierName,
  FormAuthorisation,
  MultipartAuthorisation,
  PartAuthorisation,
  PartsPage,
  PutAuthorisation,
} from './authorisation.js';
export type { CancelSignal, FetchLike } from './environment.js';
export type { UploadOutcome } from './oss-answer.js';
export {
  OssUploadError,
  type OssUploadErrorCode,
  type OssUploadErrorDetails,
} from './oss-upload-error.js';
export type { UploadProgress } from './progress.js';
export type { BlobSource, PathSource, UploadSource, UriSource } from './source.js';
export { fetchTransport } from './transports/fetch.js';
export { type MiniProgram, miniProgram, miniProgramTransport } from './transports/mini-program.js';
export type { Transport, TransportAnswer, TransportRequest } from './transports/transport.js';
export { xhrTransport } from './transports/xhr.js';
export {
  createOssUploader,
  type OssUploader,
  type OssUploaderOptions,
} from './uploader/create-oss-uploader.js';
export type { UploadStorage } from './uploader/kept-uploads.js';
export type {
  DescriptionOf,
  OssUpload,
  UploadDescription,
  UploadOptions,
} from './uploader/upload-types.js';
export { uploadToOss, type UploadToOssOptions } from './upload-to-oss.js';
