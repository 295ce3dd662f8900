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
 * Lets a request pass that OSS signed and that carries a ticket of this app for this URL and route. `@OssCallback`
 * brings it along; used alone, the object is not confirmed and nothing is recorded. With a ticket, path parameters and
 * query are as in the callback URL that the app gave to OSS; without (`tickets.required: false`), whoever had the
 * callback signed chose them. Headers are never signed.
 *
 * Throws an `OssCallbackError` otherwise: 400 malformed, 401 unsigned, 403 not genuine, 413 too large, 503 where the
 * key cannot be had.
 */
@CallbackGuard()
@Injectable()
export class OssCallbackGuard implements CanActivate {
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
   * The signature and the URL of its key, from the request's headers. An app behind a gateway that renames headers can
   * read them elsewhere.
   * @throws OssCallbackError where they are missing or malformed
   */
  protected readSignatureHeaders(request: IncomingMessage): SignatureHeaders {
    return readSignatureHeaders(request);
  }

  /**
   * The key that made a signature, among those that may stand behind a URL.
   * @param publicKeyUrl `x-oss-pub-key-url` as received, base64
   * @param isSignedBy whether this key made the signature
   * @returns the key and whether it signed; where none did, the newest
   * @throws OssCallbackError `KEY_NOT_TRUSTED` or `KEY_UNAVAILABLE`
   */
  protected findSigner(
    publicKeyUrl: string,
    isSignedBy: (publicKey: PublicKey) => boolean,
  ): Promise<PublicKey & { signed: boolean }> {
    return this.services.publicKeys.findSigner(publicKeyUrl, isSignedBy);
  }

  /**
   * Called where a callback is not genuine. Throws its error; what it returns is whether the request may go on.
   * @param error with the code of the first check that failed
   */
  protected onRefused(
    error: OssCallbackError,
    _context: ExecutionContext,
  ): boolean | Promise<boolean> {
    throw error;
  }

  private get services(): CallbackServices {
    return CallbackServices.of(this.moduleRef);
  }
}

function isCaptured(callback: CallbackStage | undefined): callback is CapturedCallback {
  return callback?.body !== undefined;
}

/** Such a request has no deadline and counts nowhere, whatever else the host knows of it. */
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
