import {
  applyDecorators,
  HttpCode,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  getVariablesType,
  type OssCallbackRouteOptions,
  setRouteMetadata,
} from '../../routes/callback-metadata.js';
import { OssCallbackFilter } from './oss-callback.filter.js';
import { OssCallbackGuard } from './oss-callback.guard.js';
import { OssCallbackInterceptor } from './oss-callback.interceptor.js';

/**
 * Makes a controller method the receiver of OSS's callbacks: a POST route on which only genuine callbacks pass, each
 * completed upload is one row, and the answer is what OSS wants. The method runs after the row is durable, on every
 * delivery, and what it returns goes to the uploader as JSON; without a return value that is
 * `{ "uploadId", "status" }`. Effects do not belong here. Pipes of further parameters run after the row is
 * written: what they refuse is not answered, and no upload is lost by it. Path parameters and query are as in the callback URL that the app gave to OSS, but
 * where `tickets.required` is false; OSS signs no header.
 *
 * ```ts
 * @OssCallback('oss/callback')
 * onUpload(@CompletedUpload() upload: OssUpload) {
 *   return { key: upload.object };
 * }
 * ```
 */
export function OssCallback(
  path?: string | string[],
  options: OssCallbackRouteOptions = {},
): MethodDecorator {
  return applyDecorators(
    (prototype: object, name?: string | symbol, descriptor?: PropertyDescriptor) => {
      if (!descriptor || name === undefined) return;
      const variablesType = getVariablesType(prototype, name);
      setRouteMetadata(descriptor.value as object, { ...options, variablesType });
    },
    Post(path),
    HttpCode(200),
    UseGuards(OssCallbackGuard),
    UseInterceptors(OssCallbackInterceptor),
    UseFilters(OssCallbackFilter),
  );
}
