import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import 'reflect-metadata';
import { OssCallbackError } from '../../common/errors.js';
import type { CallbackExchange } from '../capture/callback-exchange.js';
import { getVariablesType } from '../../routes/callback-metadata.js';
import {
  CurrentExchange,
  isOpener,
  open,
  OpenPipe,
  ParameterDeclaration,
  readExchange,
} from './callback-parameters.decorator.js';

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
  const { own, count, exchangeIndex } = prepareParameters(prototype, name, method);
  const wrapped: Method = function (...args) {
    if (args.length <= exchangeIndex) {
      if (args.some(isOpener)) throw argumentsLost();
      return method.apply(this, args); // a call of the app itself, not of Nest
    }
    const exchange = open(args.pop()) as CallbackExchange;
    args.length = count;
    const callMethod = () => {
      for (const index of own) args[index] = open(args[index]);
      return method.apply(this, args);
    };
    return exchange.handling!.handle(exchange, variablesTypeOf, callMethod);
  };
  passForMethod(wrapped, method);
  descriptor.value = wrapped;
}

type Parameters = Record<
  string,
  { index: number; factory?: unknown; data?: unknown; pipes: unknown[] }
>;

interface PreparedParameters {
  /** Indices of this package's parameters. */
  own: readonly number[];
  /** As many arguments the method has. */
  count: number;
  exchangeIndex: number;
}

/**
 * Takes the last pipe off this package's parameters, since the wrapper opens them, and has Nest hand over the exchange
 * in a parameter behind all others. Nest inherits parameters from the method that this one overrides, which may have
 * been prepared already.
 */
function prepareParameters(
  prototype: object,
  name: string | symbol,
  method: Method,
): PreparedParameters {
  const { constructor } = prototype;
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, constructor, name) ??
    {}) as Parameters;
  const parameters: Parameters = {};
  const own: number[] = [];
  for (const [key, parameter] of Object.entries(declared)) {
    if (parameter.factory === readExchange) continue;
    const pipes = parameter.pipes.filter((pipe) => pipe !== OpenPipe);
    parameters[key] = { ...parameter, pipes };
    if (parameter.data instanceof ParameterDeclaration) own.push(parameter.index);
  }
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, parameters, constructor, name);
  const types = Reflect.getMetadata('design:paramtypes', prototype, name) as unknown[] | undefined;
  const ends = Object.values(parameters).map(({ index }) => index + 1);
  const count = Math.max(method.length, ...ends);
  const exchangeIndex = Math.max(count, types?.length ?? 0);
  CurrentExchange()(prototype, name, exchangeIndex);
  return { own, count, exchangeIndex };
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
