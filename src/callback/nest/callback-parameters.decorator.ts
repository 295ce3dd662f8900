import { createParamDecorator, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import { OssCallbackError } from '../../common/errors.js';
import { logText } from '../../common/log-text.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { setVariablesType } from '../../routes/callback-metadata.js';
import {
  CustomVariablesDto,
  type CustomVariablesType,
} from '../../variables/custom-variables.dto.js';
import { SystemVariablesDto } from '../../variables/system-variables.dto.js';
import { callbackStage, type CallbackStage, type GenuineCallback } from '../callback-stages.js';
import { declaredVariables } from './declared-variables.js';

/**
 * Parameter decorator: the completed upload, an `OssUpload`. With {@link OssCallbackGuard} alone there is none, and the
 * error is `COMPLETED_UPLOAD_UNAVAILABLE`.
 * @function
 * @category Callback routes
 */
export const CompletedUpload = callbackParameter(OssUpload, ({ upload }) => {
  if (upload) return upload;
  throw new OssCallbackError(
    'COMPLETED_UPLOAD_UNAVAILABLE',
    'No completed upload is available here.',
    {
      hint: logText`@CompletedUpload() works under @OssCallback(). OssCallbackGuard alone records nothing; use @SystemVariables() there.`,
    },
  );
});

/**
 * Parameter decorator: the system variables of the callback, a `SystemVariablesDto`.
 * @function
 * @category Callback routes
 */
export const SystemVariables = callbackParameter(
  SystemVariablesDto,
  ({ verdict }) => verdict.callback.system,
);

/**
 * Parameter decorator: the app's custom variables, as a validated instance of the class that the parameter is declared
 * with, or as texts by property name if it is declared as a plain object.
 * @function
 * @category Callback routes
 */
export const CallbackVariables = callbackParameter(undefined, ({ verdict }, type) => {
  const { variables } = verdict.callback;
  return type ? declaredVariables(type, variables) : variables;
});

type Read = (
  callback: GenuineCallback & Pick<CallbackStage, 'upload'>,
  variablesType: CustomVariablesType | undefined,
) => unknown;

/**
 * A parameter decorator whose value the host's pipes do not alter. Nest's own skip it because its type is `Object`: a
 * strict ValidationPipe would empty the DTOs. If another pipe replaces it with anything but an instance of the same
 * class, the callback is refused.
 */
function callbackParameter(
  expected: (abstract new () => object) | undefined,
  read: Read,
): () => ParameterDecorator {
  const decorate = createParamDecorator(
    (declared: { type?: CustomVariablesType }, context: ExecutionContext) => {
      const callback = genuineOf(context);
      try {
        return read(callback, declared.type);
      } catch (error) {
        throw callback.exchange.refuse(error);
      }
    },
  );
  return () => (target, method, index) => {
    const declared: { type?: CustomVariablesType } = {};
    decorate(declared, ...(expected ? [new UnalteredPipe(expected)] : []))(target, method, index);
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

/** Runs after the pipes of the host. */
class UnalteredPipe implements PipeTransform {
  constructor(private readonly expected: abstract new () => object) {}

  transform(value: unknown): unknown {
    if (value instanceof this.expected) return value;
    throw new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
      hint: logText`a global pipe replaced the value of a callback parameter; exempt parameters of the type "custom" from it`,
    });
  }
}

function genuineOf(context: ExecutionContext): GenuineCallback {
  const callback = callbackStage.get(context.switchToHttp().getRequest());
  if (callback?.verdict?.isGenuine) return callback as GenuineCallback;
  throw new OssCallbackError('INTERNAL', 'The callback could not be handled.', {
    hint: logText`the parameter needs @OssCallback() or OssCallbackGuard on its route`,
  });
}
