import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OssUpload } from '../../database/oss-upload.entity.js';
import { OssCallbackError } from '../../common/errors.js';
import { MAX_CALLBACK_ANSWER_BYTES } from '../../protocol/callback/callback-answer.js';
import type { CustomVariablesType } from '../../variables/custom-variables.dto.js';
import type { VerifiedCallback } from '../../variables/verified-callback.js';
import { Deadline } from './deadline.js';
import { publishStep } from '../../common/callback-steps.js';
import { SealedResponse } from '../answer/sealed-response.js';

const EXCHANGE = Symbol('ossCallback:exchange');

export interface ExchangeTerms {
  answerWithinMs: number;
  /** As with the guard alone. */
  isAnsweredByApp: boolean;
}

type WithExchange = IncomingMessage & { [EXCHANGE]?: CallbackExchange };

/** What happens to a callback that the guard let pass. */
export interface VerifiedCallbackHandling {
  /**
   * @param variablesTypeOf the class that the method's parameter is declared with, where it has one
   * @param callMethod called where the upload is completed
   * @throws OssCallbackError as which the callback was refused
   */
  handle(
    exchange: CallbackExchange,
    variablesTypeOf: () => CustomVariablesType | undefined,
    callMethod: () => unknown,
  ): Promise<void>;
}

/**
 * One callback from its first byte to its answer. It belongs to the raw request of Node, which both platforms share,
 * and holds what the steps hand to each other. One deadline covers all of them.
 */
export class CallbackExchange {
  /** The body, byte for byte; absent until it is read. */
  body?: Buffer;
  /** Whether OSS signed these bytes. */
  signed = false;
  /** The framework's request, from when there is one. */
  hostRequest?: object;
  /** The names and values that OSS signed, for `@Body()`. */
  plainBody?: Record<string, unknown>;
  /** Of a ticket of this app, also of one that has expired. */
  uploadId?: string;
  verified?: VerifiedCallback;
  /** What is to be done with it, once it is verified. */
  handling?: VerifiedCallbackHandling;
  upload?: OssUpload;
  refusal?: OssCallbackError;
  /** Why nothing is done for this callback. */
  turnedAway?: OssCallbackError;
  readonly receivedAt = new Date();
  /** Path with query as received. */
  readonly url: string;
  /** Where this package answers, and not the app. */
  readonly answer: SealedResponse | undefined;
  /** When the answer has to leave. */
  readonly deadline: Deadline;
  private readonly openedAtMs = performance.now();
  private isDecided = false;

  private constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    { answerWithinMs, isAnsweredByApp }: ExchangeTerms,
  ) {
    this.url = request.url ?? '';
    this.deadline = new Deadline(answerWithinMs);
    this.deadline.add((error) => this.expire(error));
    // What waits for the deadline holds the body.
    const release = () => this.deadline.clear();
    response.on('finish', release).on('close', release);
    this.answer = isAnsweredByApp ? undefined : SealedResponse.seal(response);
  }

  static open(
    request: IncomingMessage,
    response: ServerResponse,
    terms: ExchangeTerms,
  ): CallbackExchange {
    const exchange = new CallbackExchange(request, response, terms);
    (request as WithExchange)[EXCHANGE] = exchange;
    return exchange;
  }

  /** @param request Node's request, or the framework's */
  static of(request: IncomingMessage | { raw: IncomingMessage }): CallbackExchange | undefined {
    const raw: WithExchange = 'raw' in request ? request.raw : request;
    return raw[EXCHANGE];
  }

  /** Called where nothing is durable when the answer has to leave. */
  onDeadline: (error: OssCallbackError) => void = (error) => this.refuse(error);

  /** Since the callback came. */
  get elapsedMs(): number {
    return performance.now() - this.openedAtMs;
  }

  /**
   * Settles the answer: 200 with this value as JSON; without a value, id and status of the upload.
   * @throws OssCallbackError `ANSWER_FAILED` where the value is no JSON, or too large
   */
  accept(value?: unknown): void {
    const body = toJson(value ?? this.receipt());
    if (body.byteLength > MAX_CALLBACK_ANSWER_BYTES) {
      throw new OssCallbackError('ANSWER_FAILED', 'The app could not answer.', {
        hint: `the answer has ${body.byteLength} bytes, OSS takes ${MAX_CALLBACK_ANSWER_BYTES}`,
      });
    }
    this.answer?.settle(200, body);
    this.decide('answered');
  }

  /** Settles the answer: a refusal. */
  refuse(error: OssCallbackError): void {
    this.answer?.settle(error.getStatus(), toJson(error.getResponse()));
    this.decide('refused', error.code);
  }

  /** Refused before anything is done for it, and without a line in the log for each. */
  turnAway(reason: OssCallbackError): void {
    this.turnedAway = reason;
    this.refusal = reason;
    this.refuse(reason);
  }

  /** As with the answer itself, the first decision stands. */
  private decide(step: 'answered' | 'refused', code?: string): void {
    if (this.isDecided) return;
    this.isDecided = true;
    publishStep(() => ({
      step,
      code,
      status: step === 'answered' ? this.upload?.status : undefined,
      uploadId: this.upload?.id ?? this.uploadId,
      object: this.verified?.system.object,
      requestId: this.verified?.system.requestId,
      elapsedMs: this.elapsedMs,
    }));
  }

  private receipt(): { uploadId?: string; status?: string } {
    return { uploadId: this.upload?.id, status: this.upload?.status };
  }

  /** What is durable by now is acknowledged; what is not is refused. */
  private expire(error: OssCallbackError): void {
    if (!this.answer) return;
    if (!this.answer.isSettled) {
      if (this.upload) this.accept();
      else this.onDeadline(error);
    }
    // What was settled may still be waiting for an interceptor of the host.
    this.answer.send();
  }
}

function toJson(value: unknown): Buffer {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return Buffer.from(text, 'utf8');
  } catch (cause) {
    throw new OssCallbackError('ANSWER_FAILED', 'The app could not answer.', {
      hint: `the method's answer cannot be written as JSON: ${String(cause)}`,
      cause,
    });
  }
  throw new OssCallbackError('ANSWER_FAILED', 'The app could not answer.', {
    hint: `the method answered with ${typeof value}, which is no JSON`,
  });
}
