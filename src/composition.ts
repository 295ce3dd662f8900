import type { FactoryProvider, Type } from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { HandlerSlots } from './completion/handler-slots.js';
import { UploadAttempts } from './completion/upload-attempts.js';
import { UploadCompletion } from './completion/upload-completion.js';
import { UploadHandlers } from './completion/upload-handlers.js';
import { OssUploadAudit } from './records/oss-upload-audit.js';
import { InterruptedUploads } from './reconciliation/interrupted-uploads.js';
import { LostUploads } from './reconciliation/lost-uploads.js';
import { OssUploadReconciler } from './reconciliation/oss-upload-reconciler.js';
import { OverdueTickets } from './reconciliation/overdue-tickets.js';
import { RejectionRecorder } from './rejections/rejection-recorder.js';
import { RejectionRetention } from './rejections/rejection-retention.js';
import { TicketStore } from './recording/ticket-store.js';
import { UploadConfirmation } from './recording/upload-confirmation.js';
import { UploadRecorder } from './recording/upload-recorder.js';
import { CallbackAcceptance } from './callback/callback-acceptance.js';
import { CallbackCapture } from './callback/capture/callback-capture.js';
import { CallbackHandling } from './callback/callback-handling.js';
import { CallbackRefusals } from './callback/answer/callback-refusals.js';
import { CallbackRoutes } from './routes/callback-routes.js';
import { CallbackVerifier } from './callback/verification/callback-verifier.js';
import { PublicKeys } from './callback/keys/public-keys.js';
import { Backlog } from './operations/backlog.js';
import { OssCallbackHealthIndicator } from './operations/health/oss-callback-health.indicator.js';
import { OSS_CALLBACK_OPTIONS, type ResolvedOssCallbackOptions } from './options/options.js';
import { audienceOf, UploadTickets } from './ticket/upload-tickets.js';
import { CallbackTargets } from './routes/callback-targets.js';

/** The DataSource that the options name, whatever its own token is. */
export const MODULE_DATA_SOURCE = Symbol('OSS_CALLBACK_DATA_SOURCE');

/** The one place where the rooms' parts are put together; their classes know nothing of Nest's injector. */
export const providers: FactoryProvider[] = [
  {
    provide: UploadTickets,
    inject: [OSS_CALLBACK_OPTIONS],
    useFactory: (options: ResolvedOssCallbackOptions) =>
      new UploadTickets(options.tickets.secrets, audienceOf(options)),
  },
  part(PublicKeys, OSS_CALLBACK_OPTIONS),
  // audit
  part(TicketStore, MODULE_DATA_SOURCE),
  part(RejectionRetention, MODULE_DATA_SOURCE, OSS_CALLBACK_OPTIONS),
  part(RejectionRecorder, MODULE_DATA_SOURCE, RejectionRetention),
  part(OssUploadAudit, MODULE_DATA_SOURCE),
  part(HandlerSlots, MODULE_DATA_SOURCE),
  part(UploadHandlers, OSS_CALLBACK_OPTIONS),
  part(UploadAttempts, MODULE_DATA_SOURCE, UploadHandlers, HandlerSlots, OSS_CALLBACK_OPTIONS),
  part(
    UploadCompletion,
    MODULE_DATA_SOURCE,
    UploadHandlers,
    UploadAttempts,
    HandlerSlots,
    OSS_CALLBACK_OPTIONS,
  ),
  part(UploadRecorder, MODULE_DATA_SOURCE, UploadAttempts),
  part(UploadConfirmation, OSS_CALLBACK_OPTIONS, TicketStore),
  part(OverdueTickets, MODULE_DATA_SOURCE),
  part(LostUploads, UploadConfirmation, UploadRecorder, UploadCompletion, OverdueTickets),
  part(
    InterruptedUploads,
    MODULE_DATA_SOURCE,
    UploadConfirmation,
    UploadRecorder,
    UploadAttempts,
    UploadCompletion,
  ),
  {
    provide: OssUploadReconciler,
    inject: [
      MODULE_DATA_SOURCE,
      OSS_CALLBACK_OPTIONS,
      UploadAttempts,
      HandlerSlots,
      UploadConfirmation,
      OverdueTickets,
      LostUploads,
      InterruptedUploads,
      RejectionRetention,
    ],
    useFactory: (
      dataSource: DataSource,
      options: ResolvedOssCallbackOptions,
      attempts: UploadAttempts,
      slots: HandlerSlots,
      confirmation: UploadConfirmation,
      tickets: OverdueTickets,
      lost: LostUploads,
      interrupted: InterruptedUploads,
      rejections: RejectionRetention,
    ) =>
      new OssUploadReconciler(dataSource, options, {
        attempts,
        slots,
        confirmation,
        tickets,
        lost,
        interrupted,
        rejections,
      }),
  },
  // upload
  part(CallbackTargets),
  // callback
  part(
    CallbackRoutes,
    DiscoveryService,
    MetadataScanner,
    ModulesContainer,
    ApplicationConfig,
    HttpAdapterHost,
  ),
  part(CallbackRefusals, RejectionRecorder),
  part(CallbackCapture, CallbackRoutes, OSS_CALLBACK_OPTIONS, CallbackRefusals),
  part(CallbackVerifier, OSS_CALLBACK_OPTIONS, PublicKeys, UploadTickets),
  part(
    CallbackAcceptance,
    OSS_CALLBACK_OPTIONS,
    UploadRecorder,
    UploadConfirmation,
    UploadCompletion,
  ),
  part(CallbackHandling, CallbackAcceptance, CallbackRefusals),
  // operations
  part(Backlog, MODULE_DATA_SOURCE, OSS_CALLBACK_OPTIONS, UploadHandlers),
  part(
    OssCallbackHealthIndicator,
    OSS_CALLBACK_OPTIONS,
    Backlog,
    CallbackCapture,
    OssUploadReconciler,
    RejectionRecorder,
    HttpAdapterHost,
  ),
];

type Token = Exclude<FactoryProvider['inject'], undefined>[number];

function part<T>(Part: new (...args: never[]) => T, ...inject: Token[]): FactoryProvider<T> {
  return {
    provide: Part as Type<T>,
    inject,
    useFactory: (...args: unknown[]) => new Part(...(args as never[])),
  };
}
