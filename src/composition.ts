import type { HttpAdapterHost } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import { CallbackRefusals } from './callback/answer/callback-refusals.js';
import { CallbackAcceptance } from './callback/callback-acceptance.js';
import { CallbackCapture } from './callback/capture/callback-capture.js';
import { PublicKeys } from './callback/keys/public-keys.js';
import { CallbackServices } from './callback/nest/callback-services.js';
import { CallbackVerifier } from './callback/verification/callback-verifier.js';
import { completionLog } from './completion/completion-log.js';
import { HandlerSlots } from './completion/handler-slots.js';
import { UploadAttempts } from './completion/upload-attempts.js';
import { UploadCompletion } from './completion/upload-completion.js';
import { type UploadHandler, UploadHandlers } from './completion/upload-handlers.js';
import { Backlog } from './operations/backlog.js';
import { OssCallbackHealthIndicator } from './operations/health/oss-callback-health.indicator.js';
import type { ResolvedOssCallbackOptions } from './options/resolved.js';
import { DecidedTickets } from './reconciliation/decided-tickets.js';
import { DueUploads } from './reconciliation/due-uploads.js';
import { InterruptedUploads } from './reconciliation/interrupted-uploads.js';
import { LostUploads } from './reconciliation/lost-uploads.js';
import { OssUploadReconciler } from './reconciliation/oss-upload-reconciler.js';
import { OverdueTickets } from './reconciliation/overdue-tickets.js';
import { ReconciliationSchedule } from './reconciliation/reconciliation-schedule.js';
import { TicketStore } from './recording/ticket-store.js';
import { UploadConfirmation } from './recording/upload-confirmation.js';
import { UploadRecorder } from './recording/upload-recorder.js';
import { OssUploadAudit } from './records/oss-upload-audit.js';
import { RejectionRecorder } from './rejections/rejection-recorder.js';
import { RejectionRetention } from './rejections/rejection-retention.js';
import type { CallbackRoutes } from './routes/callback-routes.js';
import { CallbackTargets } from './routes/callback-targets.js';
import { findCallbackTargets } from './routes/find-callback-targets.js';
import { audienceOf, UploadTickets } from './ticket/upload-tickets.js';
import { OssUploadService } from './upload/oss-upload.service.js';

/** What the parts need from the host app. */
export interface HostApp {
  routes: CallbackRoutes;
  findHandlers: () => readonly UploadHandler[];
  adapterHost: HttpAdapterHost;
}

/** Wires the parts of all rooms together. */
export function composeOssCallback(
  options: ResolvedOssCallbackOptions,
  dataSource: DataSource,
  { routes, findHandlers, adapterHost }: HostApp,
) {
  const tickets = new UploadTickets(options.tickets.secrets, audienceOf(options));
  const ticketStore = new TicketStore(dataSource);
  const retention = new RejectionRetention(dataSource, options);
  const rejections = new RejectionRecorder(dataSource, retention);

  const { everySeconds } = options.reconciliation || { everySeconds: 0 };
  const schedule = new ReconciliationSchedule(everySeconds);
  const slots = new HandlerSlots(dataSource);
  const handlers = new UploadHandlers(options, findHandlers);
  const attempts = new UploadAttempts(dataSource, handlers, slots, options);
  const onCompleted = completionLog(options);
  const completion = new UploadCompletion(
    dataSource,
    handlers,
    attempts,
    slots,
    options,
    (at) => schedule.wakeBy(at),
    onCompleted,
  );
  const recorder = new UploadRecorder(dataSource, attempts, onCompleted);
  const confirmation = new UploadConfirmation(options, ticketStore);
  const overdue = new OverdueTickets(dataSource);
  const lost = new LostUploads(confirmation, recorder, completion, overdue);
  const audit = new OssUploadAudit(dataSource, new DecidedTickets(dataSource, lost));
  const interrupted = new InterruptedUploads(
    dataSource,
    confirmation,
    recorder,
    attempts,
    completion,
  );
  const due = new DueUploads(dataSource, options, {
    attempts,
    slots,
    confirmation,
    tickets: overdue,
    lost,
    interrupted,
  });
  const reconciler = new OssUploadReconciler(options, {
    due,
    tickets: overdue,
    rejections: retention,
  });

  const targets = new CallbackTargets(() =>
    findCallbackTargets(options, adapterHost.httpAdapter ? routes.all() : undefined),
  );
  const uploads = new OssUploadService({ options, tickets, ticketStore, targets }, audit);

  const verifier = new CallbackVerifier(options, tickets);
  const acceptance = new CallbackAcceptance(options, recorder, confirmation, completion);
  const refusals = new CallbackRefusals(rejections);
  const capture = new CallbackCapture(routes, options, refusals);
  const callbacks = new CallbackServices(
    capture,
    new PublicKeys(options),
    verifier,
    acceptance,
    refusals,
  );

  const backlog = new Backlog(dataSource, options, handlers);
  const health = new OssCallbackHealthIndicator(
    options,
    backlog,
    capture,
    reconciler,
    rejections,
    adapterHost,
  );
  return {
    audit,
    backlog,
    callbacks,
    capture,
    completion,
    handlers,
    health,
    reconciler,
    recorder,
    refusals,
    rejections,
    routes,
    schedule,
    targets,
    uploads,
  };
}

export type OssCallbackRuntime = ReturnType<typeof composeOssCallback>;
