import {
  applyDecorators,
  HttpCode,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  declareRoute,
  getVariablesType,
  type OssCallbackRouteOptions,
  setRouteMetadata,
} from '../../routes/callback-metadata.js';
import { hideFromOpenApi } from '../../variables/openapi.js';
import { OssCallbackFilter } from './oss-callback.filter.js';
import { OssCallbackGuard } from './oss-callback.guard.js';
import { OssCallbackInterceptor } from './oss-callback.interceptor.js';

/**
 * Makes a controller method the receiver of OSS's callbacks: a POST route that accepts only genuine callbacks, records
 * each completed upload as one row, and answers in the form that OSS requires. The method runs once the upload is
 * completed, for each delivery; its return value goes to the uploader as JSON, by default `{ "uploadId", "status" }`. Of
 * an upload that is not completed yet, the uploader gets that default. Side effects belong in `@OnUploadCompleted`
 * handlers. Pipes of further parameters run after the row is written: if one of them refuses, so does the answer, but no
 * upload is lost. Path parameters and query are those of the callback URL that the app gave to OSS, unless
 * `tickets.required` is false; OSS signs no headers.
 *
 * ```ts
 * @OssCallback('oss/callback')
 * onUpload(@CompletedUpload() upload: OssUpload) {
 *   return { key: upload.object };
 * }
 * ```
 * @category Callback routes
 */
export function OssCallback(
  path?: string | string[],
  { inOpenApi = false, ...options }: OssCallbackRouteOptions = {},
): MethodDecorator {
  return applyDecorators(
    (prototype: object, name?: string | symbol, descriptor?: PropertyDescriptor) => {
      if (!descriptor || name === undefined) return;
      const variablesType = getVariablesType(prototype, name);
      declareRoute(prototype, name);
      setRouteMetadata(descriptor.value as object, { ...options, variablesType });
      if (!inOpenApi) hideFromOpenApi(descriptor.value as object);
    },
    Post(path),
    HttpCode(200),
    UseGuards(OssCallbackGuard),
    UseInterceptors(OssCallbackInterceptor),
    UseFilters(OssCallbackFilter),
  );
}
