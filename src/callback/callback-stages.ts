import type { IncomingMessage } from 'node:http';
import type { OssCallbackError } from '../common/errors.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import type { CallbackExchange } from './capture/callback-exchange.js';
import { RequestSlot } from './request-slot.js';

/*
 * The stages of a callback: opened, captured, judged, recorded. Each is a value of its own, made from the one before.
 * Nest passes nothing but the request from step to step, so the latest stage is kept in a slot of the request.
 */

/** The head of a request to a callback route has arrived. */
export interface OpenedCallback {
  readonly request: IncomingMessage;
  readonly exchange: CallbackExchange;
  /** Path with query, as received. */
  readonly url: string;
  readonly receivedAt: Date;
  /** Set if the callback is shed: refused before any work is done for it. */
  readonly shedReason?: OssCallbackError;
}

/** Its body has been read, byte for byte. */
export interface CapturedCallback extends OpenedCallback {
  readonly body: Buffer;
}

/** It was verified, with either result. */
export interface JudgedCallback extends CapturedCallback {
  readonly verdict: Verdict;
}

/** It is genuine. */
export interface GenuineCallback extends CapturedCallback {
  readonly verdict: GenuineVerdict;
}

/** Its upload is durable. */
export interface RecordedCallback extends GenuineCallback {
  readonly upload: OssUpload;
}

export type CallbackStage = OpenedCallback &
  Partial<Pick<JudgedCallback, 'body' | 'verdict'> & Pick<RecordedCallback, 'upload'>>;

export type Verdict = GenuineVerdict | RefusedVerdict;

export interface GenuineVerdict {
  readonly isGenuine: true;
  readonly isSigned: true;
  readonly uploadId?: string;
  readonly callback: VerifiedCallback;
  /** The names and values that OSS signed, for `@Body()`. */
  readonly plainBody: Record<string, unknown>;
}

export interface RefusedVerdict {
  readonly isGenuine: false;
  /** Whether OSS signed these bytes. */
  readonly isSigned: boolean;
  /** Of this app's ticket, even if that has expired. */
  readonly uploadId?: string;
  readonly error: OssCallbackError;
}

/** The latest stage of a callback; undefined for other requests. */
export const callbackStage = new RequestSlot<CallbackStage>('stage');

export function captured(opened: OpenedCallback, body: Buffer): CapturedCallback {
  const { request, exchange, url, receivedAt } = opened;
  return { request, exchange, url, receivedAt, body };
}

export function judged<V extends Verdict>(callback: CapturedCallback, verdict: V) {
  const { request, exchange, url, receivedAt, body } = callback;
  return { request, exchange, url, receivedAt, body, verdict };
}

export function recorded(callback: GenuineCallback, upload: OssUpload): RecordedCallback {
  const { request, exchange, url, receivedAt, body, verdict } = callback;
  return { request, exchange, url, receivedAt, body, verdict, upload };
}
