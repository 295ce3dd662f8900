export type { AuditControllerOptions as OssUploadAuditControllerOptions } from './audit-http/audit-controller-options.js';
export { createOssUploadAuditController } from './audit-http/audit-controller.js';
export { ossCallbackEntities } from './audit/entities.js';
export type {
  OssUploadEvent,
  OssUploadWatch,
  OssUploadWatchFilter,
} from './audit/feed/upload-watch.js';
export { runOssCallbackMigrations } from './audit/migrations.js';
export {
  OnUploadCompleted,
  type OnUploadCompletedFilter,
} from './audit/handlers/on-upload-completed.decorator.js';
export { OssCallbackRejection } from './audit/oss-callback-rejection.entity.js';
export { OssUploadAudit, type OssUploadPageRequest } from './audit/oss-upload-audit.js';
export { OssUploadTicket, type OssUploadTicketStatus } from './audit/oss-upload-ticket.entity.js';
export {
  OssUpload,
  type OssUploadSource,
  type OssUploadStatus,
} from './audit/oss-upload.entity.js';
export {
  OssUploadReconciler,
  type ReconciliationRunOptions,
} from './audit/reconciliation/oss-upload-reconciler.js';
export type {
  ReconciledUpload,
  ReconciliationOutcome,
  ReconciliationReport,
} from './audit/reconciliation/reconciliation-report.js';
export type { OssUploadTicketPage, OssUploadTicketRequest } from './audit/queries/ticket-page.js';
export type {
  OssUploadExportFormat,
  OssUploadExportOptions,
} from './audit/queries/upload-export.js';
export type { OssUploadFilter } from './audit/queries/upload-filter.js';
export type { OssUploadPage } from './audit/queries/upload-page.js';
export type { OssUploadPurge, PurgeableStatus } from './audit/queries/upload-purge.js';
export type { UploadState, UploadStatusReport } from './audit/queries/upload-status.js';
export { ossCallbackMigrations } from '../migrations/index.js';
export type { OssCallbackRouteOptions } from './callback/callback-metadata.js';
export {
  CallbackVariables,
  CompletedUpload,
  SystemVariables,
} from './callback/callback-parameters.decorator.js';
export {
  type CallbackStep,
  type CallbackStepMessage,
  OSS_CALLBACK_CHANNEL,
} from './callback/callback-steps.js';
export { OssCallback } from './callback/oss-callback.decorator.js';
export { OssCallbackGuard } from './callback/oss-callback.guard.js';
export {
  type AlicloudCredentialClient,
  credentialsFromAlicloud,
} from './client/credentials-from-alicloud.js';
export {
  OSS_CALLBACK_CHANNELS,
  type OssConfirmationMessage,
  type OssHandlersMessage,
  type OssInsertMessage,
  type OssKeyFetchMessage,
  type OssReconciliationMessage,
  type OssRejectionsDroppedMessage,
} from './oss-callback.channels.js';
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
export { ossCallbackConfig } from './oss-callback.config.js';
export {
  OssCallbackError,
  type OssCallbackErrorCode,
  type OssCallbackErrorOptions,
} from './oss-callback.errors.js';
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
} from './oss-callback.options.js';
export {
  type CallbackBodyType,
  type CallbackParameter,
  type CallbackParameterProblem,
  type CallbackVariables as CallbackParameterVariables,
  decodeCallback,
  type DecodedCallback,
  encodeCallback,
  type EncodedCallback,
} from './protocol/callback-parameter.js';
export {
  type CallbackVerification,
  verifyCallbackSignature,
} from './protocol/callback-signature.js';
export { OSS_CALLBACK_PUBLIC_KEYS } from './protocol/public-key-url.js';
export type { TemporaryCredentials } from './client/sts.js';
export type { SdkAuthorisation, SdkOperation, SdkUploadRequest } from './upload/authorize-sdk.js';
export { OssUploadService } from './upload/oss-upload.service.js';
export type {
  AliOssCallback,
  BuilderCallback,
  JavaCallback,
  RubyCallback,
  SdkCallback,
} from './upload/sdk-callback.js';
export type {
  AuthorisedPart,
  MultipartAuthorisation,
  MultipartRequest,
  PartsAuthorisation,
  PartsRequest,
  UploadFileRequest,
  UploadProgress,
} from './upload/multipart-request.js';
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
