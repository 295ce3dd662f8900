/**
 * The server side, for NestJS apps: {@link OssCallbackModule} verifies and records OSS's callbacks,
 * {@link OssUploadService} authorises uploads, {@link OnUploadCompleted} handlers run once per completed upload, and
 * {@link OssUploadAudit} reads the records.
 *
 * ```ts
 * import { OssCallbackModule, ossCallbackConfig } from 'nestjs-oss-callback';
 * ```
 * @module nestjs-oss-callback
 */
export type { AuditControllerOptions as OssUploadAuditControllerOptions } from './http/records/audit-controller-options.js';
export { createOssUploadAuditController } from './http/records/audit-controller.js';
export { createOssUploadController } from './http/uploads/upload-controller.js';
export type { UploadController as OssUploadController } from './http/uploads/upload-contract.js';
export type {
  AnsweringRoute as OssAnsweringRoute,
  UploadControllerOptions as OssUploadControllerOptions,
  UploadPermission as OssUploadPermission,
} from './http/uploads/upload-controller-options.js';
export {
  type BuiltInRefusalReason as OssUploadRefusalReason,
  refuseUpload,
  type UploadRefusal as OssUploadRefusal,
} from './http/uploads/upload-refusal.js';
export type {
  UploadCarrier as OssUploadCarrier,
  UploadWish as OssUploadWish,
  WishedFile as OssWishedFile,
} from './http/uploads/upload-wish.js';
export type {
  OssUploadAuthorisationDto,
  OssUploadAuthorisationsDto,
  OssUploadRefusalDto,
  OssUploadStatusDto,
} from './http/uploads/upload-answers.js';
export { ossCallbackEntities } from './database/entities.js';
export type {
  OssUploadEvent,
  OssUploadWatch,
  OssUploadWatchFilter,
  OssUploadWatchOptions,
} from './records/feed/upload-watch.js';
export { runOssCallbackMigrations } from './database/migrations.js';
export {
  OnUploadCompleted,
  type OnUploadCompletedFilter,
} from './completion/on-upload-completed.decorator.js';
export { OssCallbackRejection } from './database/oss-callback-rejection.entity.js';
export { OssUploadAudit, type OssUploadPageRequest } from './records/oss-upload-audit.js';
export {
  OssUploadTicket,
  type OssUploadTicketStatus,
} from './database/oss-upload-ticket.entity.js';
export {
  OssUpload,
  type OssUploadSource,
  type OssUploadStatus,
} from './database/oss-upload.entity.js';
export {
  OssUploadReconciler,
  type ReconciliationRunOptions,
} from './reconciliation/oss-upload-reconciler.js';
export type {
  ReconciledUpload,
  ReconciliationOutcome,
  ReconciliationReport,
} from './reconciliation/reconciliation-report.js';
export type { OssUploadTicketPage, OssUploadTicketRequest } from './records/queries/ticket-page.js';
export type {
  OssUploadExportFormat,
  OssUploadExportOptions,
} from './records/export/upload-export.js';
export type { OssUploadFilter } from './records/queries/upload-filter.js';
export type { OssUploadPage } from './records/queries/upload-page.js';
export type { OssUploadPurge, OssUploadPurgeResult } from './records/queries/upload-purge.js';
export type { PurgeableStatus } from './records/queries/purge-statement.js';
export type {
  OssUploadRetry,
  OssUploadRetryResult,
  RetryableStatus,
} from './records/queries/upload-retry.js';
export type { TicketDecision } from './records/ticket-decision.js';
export type { UploadState, UploadStatusReport } from './records/queries/upload-status.js';
export { ossCallbackMigrations } from '../migrations/index.js';
export type { OssCallbackRouteOptions } from './routes/callback-metadata.js';
export {
  CallbackVariables,
  CompletedUpload,
  SystemVariables,
} from './callback/nest/callback-parameters.decorator.js';
export {
  type CallbackStep,
  type CallbackStepMessage,
  OSS_CALLBACK_CHANNEL,
} from './common/callback-steps.js';
export { OssCallback } from './callback/nest/oss-callback.decorator.js';
export type { PublicKey } from './callback/keys/public-key.js';
export { OssCallbackGuard } from './callback/nest/oss-callback.guard.js';
export type { SignatureHeaders } from './callback/verification/request-checks.js';
export {
  type AlicloudCredentialClient,
  credentialsFromAlicloud,
} from './oss-client/credentials-from-alicloud.js';
export {
  OSS_CALLBACK_CHANNELS,
  type OssConfirmationMessage,
  type OssHandlersMessage,
  type OssInsertMessage,
  type OssKeyFetchMessage,
  type OssReconciliationMessage,
  type OssRejectionsDroppedMessage,
} from './common/channels.js';
export type { OssCallbackHealthLimits } from './operations/health/health-limits.js';
export {
  type OssCallbackHealthDetails,
  OssCallbackHealthIndicator,
  type OssCallbackHealthResult,
} from './operations/health/oss-callback-health.indicator.js';
export {
  OssCallbackMetricsModule,
  type OssCallbackMetricsOptions,
} from './operations/metrics/oss-callback-metrics.module.js';
export { ossCallbackConfig } from './options/config.js';
export { InjectOssCallbackOptions } from './options/inject-options.decorator.js';
export { OSS_CALLBACK_OPTIONS, type ResolvedOssCallbackOptions } from './options/resolved.js';
export {
  OssCallbackError,
  type OssCallbackErrorCode,
  type OssCallbackErrorOptions,
} from './common/errors.js';
export { type OssCallbackAsyncOptions, OssCallbackModule } from './oss-callback.module.js';
export type {
  CallbackOptions,
  HandlerOptions,
  LocalOssOptions,
  OssBucketOptions,
  OssCallbackModuleExtras,
  OssCallbackOptions,
  OssCredentials,
  OssCredentialsProvider,
  ProvidedCredentials,
  PublicKeyOptions,
  PublicPath,
  ReconciliationOptions,
  RejectionOptions,
  StsOptions,
  TicketOptions,
} from './options/options.js';
export {
  type CallbackBodyType,
  type CallbackParameter,
  type CallbackParameterProblem,
  type CallbackVariables as CallbackParameterVariables,
  decodeCallback,
  type DecodedCallback,
  encodeCallback,
  type EncodedCallback,
} from './protocol/callback/callback-parameter.js';
export {
  type CallbackVerification,
  verifyCallbackSignature,
} from './protocol/callback/callback-signature.js';
export type {
  ObjectOptions as UploadObjectOptions,
  ServerSideEncryption,
  StorageClass,
} from './protocol/object-options.js';
export { OSS_CALLBACK_PUBLIC_KEYS } from './protocol/callback/public-key-url.js';
export type { TemporaryCredentials } from './oss-client/sts.js';
export type {
  SdkAuthorisation,
  SdkOperation,
  SdkUploadRequest,
} from './upload/authorize/authorize-sdk.js';
export { OssUploadService } from './upload/oss-upload.service.js';
export type {
  AliOssCallback,
  BuilderCallback,
  JavaCallback,
  RubyCallback,
  SdkCallback,
} from './upload/authorize/sdk-callback.js';
export type {
  AuthorisedPart,
  MultipartAuthorisation,
  MultipartRequest,
  PartsAuthorisation,
  PartsRequest,
  UploadFileRequest,
  UploadProgress,
} from './upload/authorize/multipart-request.js';
export type {
  PostObjectAuthorisation,
  PostObjectAuthorisationRequest,
  PutObjectAuthorisation,
  PutObjectAuthorisationRequest,
  PutObjectRequest,
  SignatureVersion,
  UploadRequest,
  UploadResult,
  UploadStream,
} from './upload/upload-request.js';
export { CustomVariablesDto } from './variables/custom-variables.dto.js';
export { SystemVariablesDto } from './variables/system-variables.dto.js';
