import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import 'reflect-metadata';
import { OssCallbackError } from '../oss-callback.errors.js';
import type { CallbackExchange } from './callback-exchange.js';
import { getVariablesType } from './callback-metadata.js';
import { CurrentExchange, isOpener, open, OpenPipe } from './callback-parameters.decorator.js';

type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * Puts the handling of a callback around the method of an `@OssCallback` route: within whatever the host puts around
 * its routes, so that no interceptor or pipe stands between the record and the answer. Nest's interceptors could do
 * the same, at a price that each callback would pay.
 */
export function wrapCallbackMethod(
  prototype: object,
  name: string | symbol,
  descriptor: PropertyDescriptor,
): void {
  const method = descriptor.value as Method;
  const variablesTypeOf = () => getVariablesType(prototype, name);
  const { own, exchangeIndex } = prepareParameters(prototype, name, method);
  const wrapped: Method = function (...args) {
    if (args.length <= exchangeIndex) {
      if (args.some(isOpener)) throw argumentsLost();
      return method.apply(this, args); // a call of the app itself, not of Nest
    }
    const exchange = open(args.pop()) as CallbackExchange;
    const callMethod = () => {
      for (const index of own) args[index] = open(args[index]);
      return method.apply(this, args);
    };
    return exchange.handling!.handle(exchange, variablesTypeOf, callMethod);
  };
  passForMethod(wrapped, method);
  descriptor.value = wrapped;
}

type Parameters = Record<string, { index: number; pipes: unknown[] }>;

/**
 * Takes the last pipe off this package's parameters, since the wrapper opens them, and has Nest hand over the exchange
 * in a parameter behind all others.
 */
function prepareParameters(
  prototype: object,
  name: string | symbol,
  method: Method,
): { own: readonly number[]; exchangeIndex: number } {
  const { constructor } = prototype;
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, constructor, name) ??
    {}) as Parameters;
  const parameters = { ...declared };
  const own: number[] = [];
  for (const [key, parameter] of Object.entries(declared)) {
    if (!parameter.pipes.includes(OpenPipe)) continue;
    own.push(parameter.index);
    const pipes = parameter.pipes.filter((pipe) => pipe !== OpenPipe);
    parameters[key] = { ...parameter, pipes };
  }
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, parameters, constructor, name);
  const types = Reflect.getMetadata('design:paramtypes', prototype, name) as unknown[] | undefined;
  const ends = Object.values(declared).map(({ index }) => index + 1);
  const exchangeIndex = Math.max(method.length, types?.length ?? 0, ...ends);
  CurrentExchange()(prototype, name, exchangeIndex);
  return { own, exchangeIndex };
}

function argumentsLost(): OssCallbackError {
  return new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
    hint: 'a decorator above @OssCallback() puts a function around the method that does not hand on all arguments',
  });
}

/** Nest and its decorators find everything by the method itself. */
function passForMethod(wrapped: Method, method: Method): void {
  Object.defineProperty(wrapped, 'name', { value: method.name, configurable: true });
  Object.defineProperty(wrapped, 'length', { value: method.length, configurable: true });
  for (const key of Reflect.getMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapped);
  }
}
