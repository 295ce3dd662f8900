import { logText, unquoted } from '../../common/log-text.js';
import type { CallbackRecord } from '../events.js';
import { delay } from '../server/delay.js';
import type { SimulatorState } from '../state.js';
import {
  type CallbackContext,
  type CallbackRequest,
  makeCallbackRequest,
} from './callback-request.js';
import {
  type CallbackFailure,
  type CallbackOutcome,
  CANNOT_CONNECT,
  sendCallback,
  TIMED_OUT,
} from './send-callback.js';

/** The result of a callback for the uploader: the app's response, or why the callback failed. */
export type DeliveryResult = { answer: Buffer } | { failure: CallbackFailure };

/** The oldest records are dropped beyond this. */
const MAX_RECORDS = 10_000;

/** Calls the URLs of a callback in order until one succeeds. */
export async function deliverCallback(
  state: SimulatorState,
  context: CallbackContext,
): Promise<DeliveryResult> {
  let failure = CANNOT_CONNECT;
  for (const url of context.parameter.urls) {
    const outcome = await deliverTo(state, context, url);
    if (outcome.answer && !outcome.failure) return { answer: outcome.answer.body };
    failure = outcome.failure ?? failure;
  }
  return { failure };
}

async function deliverTo(
  state: SimulatorState,
  context: CallbackContext,
  url: string,
): Promise<CallbackOutcome> {
  const { stored, operation } = context.facts;
  const { bucket, object } = stored;
  const faults = state.faults.take('callback', { bucket, object, operation });
  const request = makeCallbackRequest(state, context, url, faults);
  const failing = faults.find((fault) => fault.effect === 'drop' || fault.effect === 'fail');
  if (!request || failing) {
    state.log(logText`callback to ${unquoted(state.urlForLog(url))} not sent`);
    return {
      failure: failing?.effect === 'fail' ? { message: failing.message } : CANNOT_CONNECT,
    };
  }
  for (const fault of faults) {
    if (fault.effect === 'delay') await delay(fault.delayMs, state.stopping);
    if (fault.effect === 'deliver-after-overwrite') {
      await state.objects.put({ bucket, object, body: fault.body ?? 'overwritten' });
    }
  }
  const twice = faults.find((fault) => fault.effect === 'deliver-twice');
  const first = send(state, context, url, request);
  if (twice?.concurrently) await Promise.all([first, send(state, context, url, request)]);
  else if (twice) await first.then(() => send(state, context, url, request));
  const outcome = await first;
  return faults.some(({ effect }) => effect === 'lose-answer') ? { failure: TIMED_OUT } : outcome;
}

async function send(
  state: SimulatorState,
  { facts }: CallbackContext,
  url: string,
  request: CallbackRequest,
): Promise<CallbackOutcome> {
  const record: CallbackRecord = {
    requestId: facts.requestId,
    bucket: facts.stored.bucket,
    object: facts.stored.object,
    url,
    path: request.target.path,
    headers: request.headers,
    body: request.body,
    startedAt: new Date(),
  };
  state.callbacks.push(record);
  if (state.callbacks.length > MAX_RECORDS) state.callbacks.shift();
  state.events.emit('callback', record);
  const outcome = await sendCallback(request, state);
  record.answeredAt = new Date();
  if (outcome.answer) record.answer = outcome.answer;
  if (outcome.failure) record.failure = outcome.failure;
  state.events.emit('callback-answered', record);
  const result = outcome.failure?.message ?? `${outcome.answer?.status} accepted`;
  state.log(logText`callback to ${unquoted(state.urlForLog(url))}: ${unquoted(result)}`);
  return outcome;
}
