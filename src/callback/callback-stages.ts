import type { IncomingMessage } from 'node:http';
import type { OssCallbackError } from '../common/errors.js';
import type { OssUpload } from '../database/oss-upload.entity.js';
import type { VerifiedCallback } from '../variables/verified-callback.js';
import type { CallbackExchange } from './capture/callback-exchange.js';
import { RequestSlot } from './request-slot.js';

/*
 * A callback on its way: opened, captured, judged, recorded. Each stage is a value of its own, made from the one before
 * it by the step that the name says. Between the steps Nest hands on nothing but its request, so that the latest stage
 * stands in a slot of that.
 */

/** The head of a request to a callback route has come. */
export interface OpenedCallback {
  readonly request: IncomingMessage;
  readonly exchange: CallbackExchange;
  /** Path with query, as received. */
  readonly url: string;
  readonly receivedAt: Date;
  /** Why nothing is done for it. */
  readonly shedReason?: OssCallbackError;
}

/** Its body is there, byte for byte. */
export interface CapturedCallback extends OpenedCallback {
  readonly body: Buffer;
}

/** It was verified, with whatever result. */
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
  /** Of a ticket of this app, also of one that has expired. */
  readonly uploadId?: string;
  readonly error: OssCallbackError;
}

/** The stage that a request is at; there is none where it is no callback. */
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
