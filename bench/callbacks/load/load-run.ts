import { answerBody, FIXED_ANSWER } from '../answers.js';
import type { SignedRequest } from './signed-requests.js';

export interface RequestToSend {
  bytes: Buffer;
  expectedBody: string;
}

export interface LoadRunOptions {
  /** How many requests are under way at once. */
  connections: number;
  /** What every request begins with. */
  start: Buffer;
  /** What there is to send: each once, unless the answer is fixed. */
  requests: readonly SignedRequest[];
  /** `upload` names the upload, `fixed` is one text; requests for a fixed answer may be sent again. */
  answer: 'upload' | 'fixed';
}

/** How much of what can be sent only once a run may use before it measures. */
const WARM_UP_SHARE = 0.25;

/** One run of one load: hands out requests until the time is over, and keeps count of the answers. */
export class LoadRun {
  /** All answers, those before and after the measured time included. */
  answered = 0;
  /** Of each answer within the measured time, in milliseconds. */
  readonly latenciesMs: number[] = [];
  private readonly stopping = new AbortController();
  private sent = 0;
  private joined = 0;
  private isMeasuring = false;
  private error: Error | undefined;
  private begin: () => void = () => undefined;
  /** Resolves when the load has begun, or the run is over. */
  readonly begun = new Promise<void>((resolve) => (this.begin = resolve));
  private endWarmUp: () => void = () => undefined;
  /** Resolves when measuring must not wait any longer, since the uploads to report come to an end. */
  readonly warmedUp = new Promise<void>((resolve) => (this.endWarmUp = resolve));

  constructor(private readonly options: LoadRunOptions) {
    this.stopping.signal.addEventListener('abort', () => this.begin(), { once: true });
  }

  /**
   * Called by each connection that stays open when it has had its first answer. Node accepts one connection in each
   * turn of its loop, so that the load begins when all of them are there.
   * @returns resolves when they are, or the run is over
   */
  joinLoad(): Promise<void> {
    this.joined += 1;
    if (this.joined === this.options.connections) this.begin();
    return this.begun;
  }

  /** Aborted when no more requests are handed out. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  measure(isMeasuring: boolean): void {
    this.isMeasuring = isMeasuring;
  }

  stop(): void {
    this.stopping.abort();
  }

  /** The first wrong answer ends the run. */
  fail(reason: string): void {
    this.error ??= new Error(reason);
    this.stop();
  }

  check(): void {
    if (this.error) throw this.error;
  }

  /** Nothing where the time is over, or every upload has been reported. */
  take(): RequestToSend | undefined {
    const { requests, answer, start } = this.options;
    if (this.stopped.aborted) return undefined;
    if (this.sent >= requests.length) {
      if (answer === 'upload') {
        this.begin(); // fewer uploads than connections
        return undefined;
      }
      this.sent = 0;
    }
    const { rest, uploadId } = requests[this.sent]!;
    this.sent += 1;
    if (answer === 'upload' && this.sent >= requests.length * WARM_UP_SHARE) this.endWarmUp();
    return {
      bytes: Buffer.concat([start, rest]),
      expectedBody: answer === 'fixed' ? FIXED_ANSWER : answerBody(uploadId),
    };
  }

  count(latencyMs: number): void {
    this.answered += 1;
    if (this.isMeasuring) this.latenciesMs.push(latencyMs);
  }
}
