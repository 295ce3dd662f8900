import { Inject } from '@nestjs/common';
import { OSS_CALLBACK_OPTIONS } from './resolved.js';

/** Injects the options as the module goes by them, checked and with their defaults: `ResolvedOssCallbackOptions`. */
export const InjectOssCallbackOptions = (): ParameterDecorator & PropertyDecorator =>
  Inject(OSS_CALLBACK_OPTIONS);
