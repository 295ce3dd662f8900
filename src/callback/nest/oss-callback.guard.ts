import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { OssCallbackError } from '../../common/errors.js';
import { logText, quoted, quotedUrl } from '../../common/log-text.js';
import { CallbackGuard, routeNameOf } from '../../routes/callback-metadata.js';
import {
  callbackStage,
  type CallbackStage,
  type CapturedCallback,
  judged,
} from '../callback-stages.js';
import type { PublicKey } from '../keys/public-key.js';
import { readSignatureHeaders, type SignatureHeaders } from '../verification/request-checks.js';
import { CallbackServices } from './callback-services.js';

type HostRequest = (IncomingMessage | { raw: IncomingMessage }) & { body?: unknown };

/**
 * Accepts requests that OSS signed and that carry a ticket of this app for this URL and route. `@OssCallback` includes
 * it; used alone, it neither confirms the object nor records anything. With a ticket, path parameters and query are
 * those of the callback URL that the app gave to OSS; without (`tickets.required: false`), any customer of OSS can
 * choose them. Headers are never signed.
 *
 * Otherwise it throws an `OssCallbackError`: 400 malformed, 401 unsigned, 403 not genuine, 413 too large, 503 if the
 * key is unavailable.
 */
@CallbackGuard()
@Injectable()
export class OssCallbackGuard implements CanActivate {
  private found: CallbackServices | undefined;

  constructor(private readonly moduleRef: ModuleRef) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HostRequest>();
    const callback = callbackStage.get(request);
    if (!isCaptured(callback)) throw notCaptured('raw' in request ? request.raw : request);
    const verdict = await this.services.verifier.verify(
      callback,
      routeNameOf(context.getHandler()),
      {
        readHeaders: (raw) => this.readSignatureHeaders(raw),
        findSigner: (publicKeyUrl, isSignedBy) => this.findSigner(publicKeyUrl, isSignedBy),
      },
    );
    callbackStage.set(callback.request, judged(callback, verdict));
    if (!verdict.isGenuine) return this.onRefused(verdict.error, context);
    request.body = verdict.plainBody;
    return true;
  }

  /**
   * The signature and the URL of its key, from the request's headers. Override it to read them elsewhere, for example
   * behind a gateway that renames headers.
   * @throws OssCallbackError if they are missing or malformed
   */
  protected readSignatureHeaders(request: IncomingMessage): SignatureHeaders {
    return readSignatureHeaders(request);
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
  ): Promise<PublicKey & { signed: boolean }> {
    return this.services.publicKeys.findSigner(publicKeyUrl, isSignedBy);
  }

  /**
   * Called if a callback is not genuine. Throws the error; an override may return whether the request may proceed.
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
    hint: logText`this package did not see ${quotedUrl(url ?? '')} before the app did; is its module imported, and does nothing rewrite the URLs of requests?`,
  });
}
