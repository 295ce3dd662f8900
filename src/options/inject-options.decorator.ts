import { Inject } from '@nestjs/common';
import { OSS_CALLBACK_OPTIONS } from './resolved.js';

/**
 * Injects the options after their checks, with all defaults: `ResolvedOssCallbackOptions`.
 * @category Module
 */
export const InjectOssCallbackOptions = (): ParameterDecorator & PropertyDecorator =>
  Inject(OSS_CALLBACK_OPTIONS);
