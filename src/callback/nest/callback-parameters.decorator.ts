import {
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { OssUpload } from '../../database/oss-upload.entity.js';
import { OssCallbackError } from '../../common/errors.js';
import type { CustomVariablesType } from '../../variables/custom-variables.dto.js';
import { CustomVariablesDto } from '../../variables/custom-variables.dto.js';
import { toVariablesDto } from '../../variables/custom-variables.js';
import type { VerifiedCallback } from '../../variables/verified-callback.js';
import { CallbackExchange } from '../capture/callback-exchange.js';
import { setVariablesType } from '../../routes/callback-metadata.js';

/**
 * The completed upload, an `OssUpload`. Under the guard alone there is none, and the error
 * `COMPLETED_UPLOAD_UNAVAILABLE` says so.
 */
export const CompletedUpload = callbackParameter((exchange): OssUpload => {
  if (exchange.upload) return exchange.upload;
  throw new OssCallbackError('COMPLETED_UPLOAD_UNAVAILABLE', 'There is no completed upload here.', {
    hint: '@CompletedUpload() works under @OssCallback(). OssCallbackGuard alone records nothing; use @SystemVariables() there.',
  });
});

/** What OSS's variables said, a `SystemVariablesDto`. */
export const SystemVariables = callbackParameter((_exchange, callback) => callback.system);

/**
 * The app's own variables: an instance of the class that the parameter is declared with, validated; texts by property
 * name where it is declared as a plain object.
 */
export const CallbackVariables = callbackParameter((_exchange, callback, type) => {
  if (!type) return callback.variables;
  const read = toVariablesDto(type, callback.variables);
  if (read.ok) return read.variables;
  throw new OssCallbackError('INVALID_VARIABLES', 'The custom variables are not valid.', {
    hint: `${type.name}: ${read.problem}`,
  });
});

type Read = (
  exchange: CallbackExchange,
  callback: VerifiedCallback,
  variablesType: CustomVariablesType | undefined,
) => unknown;

const OPENER = Symbol('ossCallback:opener');

/** What stands in place of a parameter's value until every pipe of the host has seen it. */
type Opener = (() => unknown) & { [OPENER]: true };

export function readExchange(_data: unknown, context: ExecutionContext): Opener {
  const exchange = exchangeOf(context);
  return toOpener(() => exchange);
}

/** The exchange itself, for the method's wrapper. */
export const CurrentExchange = createParamDecorator(readExchange);

/** What tells this package's parameters from others. */
export class ParameterDeclaration {
  /** The class that the parameter is declared with. */
  type?: CustomVariablesType;
}

/**
 * A parameter decorator whose value no pipe of the host can alter: a strict ValidationPipe would empty the objects.
 * Pipes are shown a function in place of the value and `Object` in place of its type, which Nest's own pipes leave
 * alone; under `@OssCallback` the method's wrapper calls the function, under the guard alone the last pipe does.
 */
function callbackParameter(read: Read): () => ParameterDecorator {
  const decorate = createParamDecorator(
    (declared: ParameterDeclaration, context: ExecutionContext) => {
      const exchange = exchangeOf(context);
      return toOpener(() => read(exchange, exchange.verified, declared.type));
    },
  );
  return () => (target, method, index) => {
    const declared = new ParameterDeclaration();
    decorate(declared, OpenPipe)(target, method, index);
    if (method === undefined) return;
    const types = Reflect.getMetadata('design:paramtypes', target, method) as unknown[] | undefined;
    if (!types) return;
    const type = types[index];
    if (typeof type === 'function' && type.prototype instanceof CustomVariablesDto) {
      declared.type = type as CustomVariablesType;
      setVariablesType(target, method, declared.type);
    }
    types[index] = Object;
  };
}

@Injectable()
export class OpenPipe implements PipeTransform {
  transform(value: unknown): unknown {
    return open(value);
  }
}

export function isOpener(value: unknown): value is Opener {
  return typeof value === 'function' && OPENER in value;
}

/** @throws OssCallbackError `INTERNAL` where a pipe put something else in its place */
export function open(value: unknown): unknown {
  if (isOpener(value)) return value();
  throw new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
    hint: 'a global pipe replaced the value of a callback parameter; exempt functions from it',
  });
}

function toOpener(read: () => unknown): Opener {
  return Object.assign(read, { [OPENER]: true as const });
}

function exchangeOf(context: ExecutionContext): CallbackExchange & { verified: VerifiedCallback } {
  const exchange = CallbackExchange.of(context.switchToHttp().getRequest());
  if (isVerified(exchange)) return exchange;
  throw new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
    hint: 'the parameter needs @OssCallback() or OssCallbackGuard on its route',
  });
}

function isVerified(
  exchange: CallbackExchange | undefined,
): exchange is CallbackExchange & { verified: VerifiedCallback } {
  return exchange?.verified !== undefined;
}
