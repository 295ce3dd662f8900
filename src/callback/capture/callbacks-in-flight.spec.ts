import { Logger } from '@nestjs/common';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallbacksInFlight } from './callbacks-in-flight.js';
import type { OssCallbackError } from '../../common/errors.js';
import { CallbackExchange } from './callback-exchange.js';

function newResponse(): ServerResponse {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { httpVersionMajor: 1, httpVersionMinor: 1 });
  return new ServerResponse(request);
}

/** Its answer may take longer than any test. */
function newExchange(response = newResponse()): CallbackExchange {
  const never = () => expect.unreachable();
  return new CallbackExchange(response, {
    answerWithinMs: 600_000,
    isAnsweredByApp: true,
    refuse: never,
    onExpired: never,
    onEndedByApp: never,
  });
}

let errors: string[];

beforeEach(() => {
  errors = [];
  vi.spyOn(Logger.prototype, 'error').mockImplementation((line: string) => void errors.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Of a callback whose body came at once. */
function take(inFlight: CallbacksInFlight, exchange = newExchange()): OssCallbackError | undefined {
  return inFlight.enter(exchange) ?? inFlight.startWork(exchange.response);
}

describe('callbacks in flight', () => {
  it('are taken up to the limit; those beyond are turned away', () => {
    const inFlight = new CallbacksInFlight(2);
    expect(take(inFlight)).toBeUndefined();
    expect(take(inFlight)).toBeUndefined();
    const reason = take(inFlight);
    expect(reason).toMatchObject({
      code: 'OVERLOADED',
      message: 'Too many callbacks at once.',
      hint: 'the option "maxCallbacksInFlight" is 2',
    });
    expect(reason!.getStatus()).toBe(503);
    expect(inFlight.size).toBe(2);
  });

  it('take no place before their bodies are there', () => {
    const inFlight = new CallbacksInFlight(1);
    const slow = newResponse();
    for (let count = 0; count < 9; count += 1) {
      expect(inFlight.enter(newExchange())).toBeUndefined();
    }
    expect(inFlight.enter(newExchange(slow))).toBeUndefined();
    expect(inFlight.size).toBe(0);
    expect(take(inFlight)).toBeUndefined();
    expect(inFlight.startWork(slow)).toMatchObject({ code: 'OVERLOADED' });
  });

  it('give up their places where the client does not take the answers before theirs', () => {
    const inFlight = new CallbacksInFlight(2);
    const pipelined = [newResponse(), newResponse()];
    for (const response of pipelined) {
      take(inFlight, newExchange(response));
      response.end('answered'); // and never sent
    }
    expect([take(inFlight), take(inFlight)]).toEqual([undefined, undefined]);
    expect(take(inFlight)).toMatchObject({ code: 'OVERLOADED' });
    for (const response of pipelined) response.emit('close');
    expect(inFlight.size).toBe(2);
  });

  const ends: [string, (exchange: CallbackExchange) => void][] = [
    ['its answer has left', ({ response }) => response.emit('finish')],
    ['its client has gone', ({ response }) => response.emit('close')],
    ['its deadline is there', ({ deadline }) => deadline.reach()],
  ];

  it.each(ends)('one leaves when %s, and only once', (_what, end) => {
    const inFlight = new CallbacksInFlight(2);
    take(inFlight);
    const exchange = newExchange();
    take(inFlight, exchange);
    end(exchange);
    expect(inFlight.size).toBe(1);
    exchange.response.emit('finish');
    exchange.response.emit('close');
    exchange.deadline.reach();
    expect(inFlight.size).toBe(1);
    expect(take(inFlight)).toBeUndefined();
  });

  it.each(ends)('one takes no place if %s before its body is there', (_what, end) => {
    const inFlight = new CallbacksInFlight(1);
    const exchange = newExchange();
    inFlight.enter(exchange);
    end(exchange);
    expect(inFlight.startWork(exchange.response)).toBeUndefined();
    expect(inFlight.size).toBe(0);
  });

  it('one that was turned away leaves nothing behind when it ends', () => {
    const inFlight = new CallbacksInFlight(1);
    take(inFlight);
    const response = newResponse();
    take(inFlight, newExchange(response));
    response.emit('close');
    expect(inFlight.size).toBe(1);
  });
});

it('a flood costs one line in the log every ten seconds, with its number', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const inFlight = new CallbacksInFlight(1);
  take(inFlight);
  for (let count = 0; count < 1_000; count += 1) take(inFlight);
  expect(errors).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  take(inFlight);
  expect(errors).toEqual([
    expect.stringMatching(
      /^OVERLOADED: 1 callbacks .* 1 are being handled; .*"maxCallbacksInFlight"/,
    ),
    expect.stringMatching(/^OVERLOADED: 1000 callbacks /),
  ]);
});

describe('draining', () => {
  it('waits for all in flight, and takes no more', async () => {
    const inFlight = new CallbacksInFlight(10);
    const responses = [newResponse(), newResponse()];
    for (const response of responses) inFlight.enter(newExchange(response));
    let isDrained = false;
    const draining = inFlight.drain(60_000).then(() => (isDrained = true));
    const late = newResponse();
    expect(late.shouldKeepAlive).toBe(true);
    expect(inFlight.enter(newExchange(late))).toMatchObject({
      code: 'OVERLOADED',
      message: 'The app is shutting down.',
    });
    expect(late.shouldKeepAlive).toBe(false);
    responses[0]!.emit('finish');
    await new Promise(setImmediate);
    expect(isDrained).toBe(false);
    responses[1]!.emit('close');
    await draining;
  });

  it('is done at once where nothing is in flight', async () => {
    await new CallbacksInFlight(10).drain(60_000);
  });

  it('waits no longer than it is told', async () => {
    vi.useFakeTimers();
    const inFlight = new CallbacksInFlight(10);
    inFlight.enter(newExchange());
    let isDrained = false;
    const draining = inFlight.drain(4_000).then(() => (isDrained = true));
    await vi.advanceTimersByTimeAsync(3_999);
    expect(isDrained).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await draining;
  });
});
