import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OssCallbackError } from '../../common/errors.js';
import { logRefusal } from './log-refusal.js';
import { toRefusalDto } from './upload-answers.js';

/**
 * Bound to the controller, so that it takes precedence over the host's global filters: clients rely on the form of its
 * refusals. What the app's guards and `authorize` throw is left to the app.
 */
@Catch(OssCallbackError)
export class UploadRefusalFilter implements ExceptionFilter<OssCallbackError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: OssCallbackError, host: ArgumentsHost): void {
    logRefusal(error);
    const { httpAdapter } = this.adapterHost;
    httpAdapter.reply(host.switchToHttp().getResponse(), toRefusalDto(error), error.getStatus());
  }
}
