import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import { logText, quoted, quotedUrl } from '../../common/log-text.js';
import { CallbackGuard, routeNameOf } from '../../routes/callback-metadata.js';
import {
  callbackStage,
  type CallbackStage,
  type CapturedCallback,
  judged,
  type Verdict,
} from '../callback-stages.js';
import { startStep } from '../capture/deadline.js';
import type { PublicKey } from '../keys/public-key.js';
import { type Raw, toRaw } from '../request-slot.js';
import { findSignatureHeaders, type SignatureHeaders } from '../verification/request-checks.js';
import { CallbackServices } from './callback-services.js';

const FINDING_KEY = logText`finding its public key`;

type HostRequest = Raw<IncomingMessage> & { body?: unknown };

/**
 * Accepts requests that OSS signed and that carry a ticket of this app for this URL and route. `@OssCallback` includes
 * it; used alone, it neither confirms the object nor records anything. With a ticket, path parameters and query are
 * those of the callback URL that the app gave to OSS; without (`tickets.required: false`), any customer of OSS can
 * choose them. Headers are never signed.
 *
 * Otherwise it throws an `OssCallbackError`: 400 malformed, 401 unsigned, 403 not genuine, 413 too large, 503 if the
 * key is unavailable, or does not arrive within `answerWithinMs`.
 *
 * Its steps are protected methods: extend the class to read the signature elsewhere, to find keys in another way, or to
 * decide about refusals.
 * @category Callback routes
 */
@CallbackGuard()
@Injectable()
export class OssCallbackGuard implements CanActivate {
  private found: CallbackServices | undefined;

  /**
   * Called by Nest; a subclass with a constructor of its own passes `moduleRef` on.
   * @param moduleRef in which the services of `OssCallbackModule` are found
   */
  constructor(private readonly moduleRef: ModuleRef) {}

  /**
   * Captures the request if that has not happened yet, verifies it, and replaces `request.body` by the parsed body.
   * @returns true, or what an override of {@link onRefused} returns
   * @throws OssCallbackError if the request is refused
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<HostRequest>();
    const { capture, refusals } = this.services;
    const callback =
      callbackStage.get(request) ??
      capture.openPast(toRaw(request), toRaw(http.getResponse<Raw<ServerResponse>>()));
    if (!isCaptured(callback)) throw refusals.refuse(callback, notCaptured(callback.request));
    const verdict = await this.verify(callback, routeNameOf(context.getHandler()));
    const stage = judged(callback, verdict);
    callbackStage.set(callback.request, stage);
    if (!verdict.isGenuine) return this.refuse(stage, verdict.error, context);
    request.body = verdict.plainBody;
    return true;
  }

  private async verify(callback: CapturedCallback, route: string): Promise<Verdict> {
    const { verifier, refusals } = this.services;
    const step = startStep(FINDING_KEY);
    try {
      const verifying = verifier.verify(callback, route, {
        readHeaders: (raw) => this.readSignatureHeaders(raw),
        findSigner: (publicKeyUrl, isSignedBy) => this.findSigner(publicKeyUrl, isSignedBy),
      });
      return await callback.exchange.deadline.race(verifying, () => step);
    } catch (error) {
      refusals.refuse(callback, error);
      throw error;
    }
  }

  /** Logs and records a refusal, also where the app answers, unless an override of {@link onRefused} accepts the request. */
  private async refuse(
    callback: CallbackStage,
    error: OssCallbackError,
    context: ExecutionContext,
  ): Promise<boolean> {
    let isAccepted = false;
    try {
      isAccepted = await this.onRefused(error, context);
    } finally {
      if (!isAccepted) this.services.refusals.refuse(callback, error);
    }
    return isAccepted;
  }

  /**
   * Finds the signature and the URL of its key in the request's headers. Override it to read them elsewhere, for
   * example behind a gateway that renames headers. Their size and form are checked afterwards, and URL and encoding of
   * the request before, regardless of an override.
   * @throws OssCallbackError `SIGNATURE_MISSING`; `MALFORMED_REQUEST` if one of them appears twice
   */
  protected readSignatureHeaders(request: IncomingMessage): SignatureHeaders {
    return findSignatureHeaders(request);
  }

  /**
   * The key that made a signature, among the accepted keys of a URL.
   * @param publicKeyUrl `x-oss-pub-key-url` as received, base64
   * @param isSignedBy whether this key made the signature
   * @returns the key and whether it signed; the newest key if none did
   * @throws OssCallbackError `KEY_NOT_TRUSTED` or `KEY_UNAVAILABLE`
   */
  protected findSigner(
    publicKeyUrl: string,
    isSignedBy: (publicKey: PublicKey) => boolean,
  ): Promise<
    PublicKey & {
      /** Whether this key made the signature. */
      signed: boolean;
    }
  > {
    return this.services.publicKeys.findSigner(publicKeyUrl, isSignedBy);
  }

  /**
   * Called if a callback is not genuine. Throws the error; an override may return whether the request may proceed. If it
   * may not, the refusal is logged and recorded.
   * @param error with the code of the first check that failed
   */
  protected onRefused(
    error: OssCallbackError,
    _context: ExecutionContext,
  ): boolean | Promise<boolean> {
    throw error;
  }

  private get services(): CallbackServices {
    return (this.found ??= CallbackServices.of(this.moduleRef));
  }
}

function isCaptured(callback: CallbackStage | undefined): callback is CapturedCallback {
  return callback?.body !== undefined;
}

/** A request that bypassed the capture has no deadline and is not counted, so it must not proceed. */
function notCaptured({ method, url }: IncomingMessage): OssCallbackError {
  if (method !== 'POST') {
    return new OssCallbackError('MALFORMED_REQUEST', 'A callback is a POST request.', {
      hint: logText`this one is ${quoted(method ?? '')} ${quotedUrl(url ?? '')}`,
    });
  }
  return new OssCallbackError('BODY_NOT_CAPTURED', 'The callback could not be read.', {
    hint: logText`${quotedUrl(url ?? '')} was not captured before the app handled it; does middleware rewrite request URLs?`,
  });
}
