import { subscribe } from 'node:diagnostics_channel';
import {
  type CallbackStepMessage,
  OSS_CALLBACK_CHANNEL,
  OSS_CALLBACK_CHANNELS,
  type OssConfirmationMessage,
  type OssHandlersMessage,
  OssUploadTicket,
} from 'nestjs-oss-callback';
import type { OssSimulator } from 'nestjs-oss-callback/simulator';
import type { DataSource } from 'typeorm';

export type TraceStep =
  | 'authorised'
  | 'stored'
  | 'called back'
  | 'verified'
  | 'confirmed'
  | 'recorded'
  | 'handled'
  | 'answered'
  | 'refused'
  | 'callback lost'
  | 'found'
  | 'failed';

/** What has happened to an upload to the local OSS so far. */
export interface UploadTrace {
  uploadId: string;
  object: string;
  /** The file's, from its ticket. */
  name?: string;
  /** In milliseconds since 1970. */
  startedAtMs: number;
  /** Each with the milliseconds since the start. */
  steps: { step: TraceStep; atMs: number; code?: string }[];
  /** How often OSS called back. */
  deliveries: number;
  /** What OSS answered to the uploader; undefined before that. */
  status?: number;
}

const MAX_TRACES = 200;

/** Follows uploads by the events of the local OSS and the diagnostics channels of the package. */
export class UploadTraces {
  /** By upload id; the latest last. */
  private readonly traces = new Map<string, UploadTrace>();
  /** Uploads under way, and whether their names have been looked up. */
  private readonly requests = new Map<string, { trace: UploadTrace; named: Promise<void> }>();
  private readonly listeners = new Set<(trace: UploadTrace) => void>();

  constructor(
    oss: OssSimulator,
    private readonly dataSource: DataSource,
  ) {
    oss.events.on('stored', ({ requestId, object: { object, metadata } }) => {
      const uploadId = metadata['upload-id'];
      if (uploadId) this.begin(uploadId, object, requestId);
    });
    oss.events.on('callback', ({ requestId }) => {
      const trace = this.requests.get(requestId)?.trace;
      if (trace) trace.deliveries += 1;
      this.add(trace, 'called back');
    });
    oss.events.on('request', ({ requestId, status }) => void this.end(requestId, status));
    subscribe(OSS_CALLBACK_CHANNEL, (message) => {
      const { step, uploadId, code } = message as CallbackStepMessage;
      this.add(this.traces.get(uploadId ?? ''), step, code);
    });
    // of an upload whose callback was lost, reconciliation tells no callback's steps
    subscribe(OSS_CALLBACK_CHANNELS.confirmation, (message) => {
      const { state, uploadId } = message as OssConfirmationMessage;
      const trace = this.traces.get(uploadId ?? '');
      if (isLost(trace) && state === 'confirmed') this.add(trace, 'found');
    });
    subscribe(OSS_CALLBACK_CHANNELS.handlers, (message) => {
      const { outcome, uploadId } = message as OssHandlersMessage;
      this.add(this.traces.get(uploadId), outcome === 'completed' ? 'handled' : 'failed');
    });
  }

  /** The latest last. */
  all(): UploadTrace[] {
    return [...this.traces.values()];
  }

  /**
   * @param listener called after each step
   * @returns ends it
   */
  onStep(listener: (trace: UploadTrace) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private begin(uploadId: string, object: string, requestId: string): void {
    // an upload id is a UUIDv7, which begins with the time of the authorisation
    const startedAtMs = Number.parseInt(uploadId.replaceAll('-', '').slice(0, 12), 16);
    const steps: UploadTrace['steps'] = [{ step: 'authorised', atMs: 0 }];
    const trace: UploadTrace = { uploadId, object, startedAtMs, steps, deliveries: 0 };
    this.traces.set(uploadId, trace);
    const [oldest] = this.traces.keys();
    if (this.traces.size > MAX_TRACES) this.traces.delete(oldest!);
    this.add(trace, 'stored');
    this.requests.set(requestId, { trace, named: this.findName(trace) });
  }

  private async findName(trace: UploadTrace): Promise<void> {
    const tickets = this.dataSource.getRepository(OssUploadTicket);
    // without it the key stands for the name
    const ticket = await tickets.findOneBy({ id: trace.uploadId }).catch(() => null);
    if (!ticket?.variables.originalName) return;
    trace.name = ticket.variables.originalName;
    this.tell(trace);
  }

  private async end(requestId: string, status: number): Promise<void> {
    const request = this.requests.get(requestId);
    this.requests.delete(requestId);
    if (!request) return;
    const { trace, named } = request;
    await named;
    trace.status = status;
    if (trace.deliveries === 0 && status === 203) this.add(trace, 'callback lost');
    else this.tell(trace);
  }

  private add(trace: UploadTrace | undefined, step: TraceStep, code?: string): void {
    if (!trace) return;
    const atMs = Math.max(0, Date.now() - trace.startedAtMs);
    trace.steps.push({ step, atMs, ...(code ? { code } : {}) });
    this.tell(trace);
  }

  private tell(trace: UploadTrace): void {
    for (const listener of this.listeners) listener(trace);
  }
}

function isLost(trace: UploadTrace | undefined): boolean {
  return trace?.steps.at(-1)?.step === 'callback lost';
}
