import { createHash } from 'node:crypto';
import { HttpException } from '@nestjs/common';
import type { RejectionFacts, RejectionRecorder } from '../../rejections/rejection-recorder.js';
import { OssCallbackError } from '../../common/errors.js';
import type { LogFields } from '../../common/log-fields.js';
import { decodeCanonicalBase64 } from '../../protocol/callback/callback-signature.js';
import { quoted } from '../../common/log-text.js';
import type { CallbackExchange } from '../capture/callback-exchange.js';
import { RefusalLog } from './refusal-log.js';
import { remoteAddressOf } from '../capture/remote-address.js';

/** Decides what a caller reads of an error, and what the log and the table of rejections keep. */
export class CallbackRefusals {
  private readonly log = new RefusalLog();

  constructor(private readonly rejections: RejectionRecorder) {}

  /** Settles the refusal; sending it is left to whoever ends the response. */
  refuse(exchange: CallbackExchange, error: unknown): OssCallbackError {
    // What the host makes of a refusal on its way out does not count.
    if (exchange.refusal) return exchange.refusal;
    const refusal = toRefusal(exchange, error);
    exchange.refusal = refusal;
    const { signed } = exchange;
    const reason = refusal.hint ? `${refusal.message} ${refusal.hint}` : refusal.message;
    this.log.add(
      refusal,
      signed,
      () => `for POST ${quoted(exchange.url)}: ${reason}`,
      () => fieldsOf(exchange),
    );
    this.rejections.add({ code: refusal.code, signed }, () => factsOf(exchange, reason));
    exchange.refuse(refusal);
    return refusal;
  }

  /** Waits until what was refused is in the log and in the table. */
  async flush(): Promise<void> {
    this.log.flush();
    await this.rejections.flush();
  }

  /** The host answered where this package had not decided: a middleware, or a filter that is nearer. */
  refuseForHost(exchange: CallbackExchange, status: number): void {
    this.refuse(
      exchange,
      new OssCallbackError('REFUSED_BY_APP', 'The app refused the callback.', {
        status,
        hint: `something of the app ended the response with status ${status} before the @OssCallback route did`,
      }),
    );
  }
}

function toRefusal(exchange: CallbackExchange, error: unknown): OssCallbackError {
  if (error instanceof OssCallbackError) return error;
  if (exchange.upload) {
    return new OssCallbackError('ANSWER_FAILED', 'The app could not answer.', {
      status: error instanceof HttpException ? error.getStatus() : undefined,
      hint: `the upload ${exchange.upload.id} is ${exchange.upload.status}; the @OssCallback method threw ${describe(error)}`,
      cause: error,
    });
  }
  if (error instanceof HttpException) {
    return new OssCallbackError('REFUSED_BY_APP', 'The app refused the callback.', {
      status: error.getStatus(),
      hint: `a guard, interceptor or pipe of the app threw ${describe(error)}; exempt the @OssCallback route from it, as with its @Public() or @SkipThrottle() decorator`,
      cause: error,
    });
  }
  return new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
    hint: describe(error),
    cause: error,
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${quoted(error.message)}` : quoted(String(error));
}

/** A request id that OSS signed, where there is one; else what the header says, under a name that tells the difference. */
function fieldsOf({ request, upload, uploadId, verified }: CallbackExchange): LogFields {
  const requestId = verified?.system.requestId;
  const header = request.headers['x-oss-request-id'];
  return {
    uploadId: upload?.id ?? uploadId,
    ...(requestId === undefined ? { unsignedRequestId: header?.toString() } : { requestId }),
  };
}

/** A query may hold what is nobody's business, such as a token of the app: it is in the log alone. */
function factsOf(exchange: CallbackExchange, reason: string): RejectionFacts {
  const { request, url, body, uploadId = null } = exchange;
  const keyHeader = request.headers['x-oss-pub-key-url'];
  const queryStart = url.indexOf('?');
  return {
    reason: queryStart === -1 ? reason : reason.replaceAll(url.slice(queryStart), '?…'),
    path: queryStart === -1 ? url : url.slice(0, queryStart),
    publicKeyUrl: decodeCanonicalBase64(String(keyHeader ?? ''))?.toString('latin1') ?? null,
    remoteAddress: remoteAddressOf(exchange),
    bodyDigest: body ? createHash('sha256').update(body).digest('hex') : null,
    bodyBytes: body?.byteLength ?? 0,
    uploadId,
  };
}
