import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OssCallbackError } from '../../common/errors.js';
import { OssUploadReconciler } from '../../reconciliation/oss-upload-reconciler.js';
import type { UploadStatusReport } from '../../records/queries/upload-status.js';
import type { PartsRequest } from '../../upload/authorize/multipart-request.js';
import { OssUploadService } from '../../upload/oss-upload.service.js';
import type { CustomVariablesDto } from '../../variables/custom-variables.dto.js';
import { DescribedForOpenApi } from '../openapi.js';
import { ClientReconciliations } from './client-reconciliations.js';
import { logRefusal } from './log-refusal.js';
import { readUploadWishes } from './read-upload-wishes.js';
import { toRefusalDto, toStatusDto } from './upload-answers.js';
import { authorizeWishes } from './upload-authorisations.js';
import {
  checkUploadControllerOptions,
  type UploadControllerOptions,
} from './upload-controller-options.js';
import type { UploadController } from './upload-contract.js';
import { describeUploadRoutes } from './upload-openapi.js';
import { UploadRefusalFilter } from './upload-refusal.filter.js';

/**
 * Creates a controller from which clients get their authorisations, among them those of `nestjs-oss-callback/client`;
 * put the class into a module's `controllers`. The app's interceptors do not change its responses.
 *
 * - `POST /`: `{ file: { name, type, size }, wishes?, variables?, carriers? }`, or a list of up to 100 files,
 *   `{ files: [{ name, type, size, wishes?, variables? }], carriers? }`. Responds with 201
 *   `{ carrier, authorisation }`, or for a list `{ uploads }`, where each is that or
 *   `{ error: { code, message, reason? } }`
 * - `POST /:uploadId/parts`: `{ handle, from, to? }`, responds as `OssUploadService.authorizeParts`
 * - `GET /:uploadId`: `{ uploadId, status, object, size, mimeType, completedAt }`
 * - `POST /:uploadId/reconciliation`: looks for an upload whose callback may be lost, waits up to 10 s, and responds
 *   with the status and `bucketAnswered`: only if that is true does `pending` mean that there is no object. It looks at
 *   most 6 times a minute for an upload, 60 times for an owner and 600 times altogether; further requests get the
 *   status at once
 *
 * The routes of an upload respond with 404 `UPLOAD_NOT_FOUND` to anyone but its owner.
 *
 * ```ts
 * export const UploadController = createOssUploadController({
 *   guards: [SessionGuard],
 *   ownerOf: (request: SessionRequest) => request.user.id,
 *   authorize: () => ({ objectPrefix: 'photos/', contentTypes: ['image/*'], maxSizeBytes: 10_000_000 }),
 * });
 * ```
 * @throws OssCallbackError `INVALID_OPTIONS` immediately, among others if no guard protects the routes
 * @category Upload controller
 */
export function createOssUploadController<
  Wishes extends object | undefined = undefined,
  Variables extends CustomVariablesDto | undefined = undefined,
  const Reason extends string = never,
  Answering = unknown,
  const Method extends keyof Answering = keyof Answering,
>(
  options: UploadControllerOptions<Wishes, Variables, Reason, Answering, Method>,
): UploadController<Wishes, Variables, Reason, Answering, Method> {
  const checked = checkUploadControllerOptions(options as never);
  const { path, guards, ownerOf } = checked;
  const routes = describeUploadRoutes(checked);

  @Controller(path)
  @UseGuards(...guards)
  @UseFilters(UploadRefusalFilter)
  class OssUploadController {
    private readonly reconciliations: ClientReconciliations;

    constructor(
      @Inject(OssUploadService) private readonly uploads: OssUploadService,
      @Inject(OssUploadReconciler) reconciler: OssUploadReconciler,
      @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    ) {
      this.reconciliations = new ClientReconciliations(reconciler);
    }

    @Post()
    @Header('Cache-Control', 'no-store')
    @DescribedForOpenApi(routes.authorize)
    async authorize(@Body() body: unknown, @Req() request: unknown, @Res() response: unknown) {
      const { isList, wishes } = readUploadWishes(body, checked);
      const answers = await authorizeWishes(wishes, request, checked, this.uploads);
      const [first] = answers;
      if (!isList && first instanceof OssCallbackError) throw first;
      this.send(response, HttpStatus.CREATED, isList ? { uploads: answers.map(toEntry) } : first!);
    }

    @Post(':uploadId/parts')
    @Header('Cache-Control', 'no-store')
    @DescribedForOpenApi(routes.parts)
    async parts(
      @Param('uploadId') id: string,
      @Body() body: unknown,
      @Req() request: unknown,
      @Res() response: unknown,
    ) {
      const { uploadId } = await this.readOwn(id, request);
      const { handle, from, to } = (body ?? {}) as PartsRequest;
      const parts = await this.uploads.authorizeParts({ handle, from, to });
      if (parts.uploadId !== uploadId) throw notFound();
      this.send(response, HttpStatus.CREATED, parts);
    }

    @Get(':uploadId')
    @Header('Cache-Control', 'no-store')
    @DescribedForOpenApi(routes.status)
    async status(
      @Param('uploadId') uploadId: string,
      @Req() request: unknown,
      @Res() response: unknown,
    ) {
      this.send(response, HttpStatus.OK, toStatusDto(await this.readOwn(uploadId, request)));
    }

    @Post(':uploadId/reconciliation')
    @HttpCode(HttpStatus.OK)
    @Header('Cache-Control', 'no-store')
    @DescribedForOpenApi(routes.reconcile)
    async reconcile(
      @Param('uploadId') uploadId: string,
      @Req() request: unknown,
      @Res() response: unknown,
    ) {
      const bucketAnswered = await this.reconciliations.run(await this.readOwn(uploadId, request));
      const report = await this.readOwn(uploadId, request);
      this.send(response, HttpStatus.OK, toStatusDto(report, bucketAnswered));
    }

    /** @throws OssCallbackError `UPLOAD_NOT_FOUND` also for the upload of another owner, so that ids reveal nothing */
    private async readOwn(uploadId: string, request: unknown): Promise<UploadStatusReport> {
      const owner = (await ownerOf?.(request)) ?? null;
      const report = await this.uploads.status(uploadId);
      if (report.status === 'unknown' || report.owner !== owner) throw notFound();
      return report;
    }

    /** Past the app's interceptors: clients rely on the form of these answers. */
    private send(response: unknown, status: HttpStatus, body: object): void {
      this.adapterHost.httpAdapter.reply(response, body, status);
    }
  }
  return OssUploadController;
}

function toEntry(answer: OssCallbackError | object): object {
  if (!(answer instanceof OssCallbackError)) return answer;
  logRefusal(answer);
  return { error: toRefusalDto(answer) };
}

function notFound(): OssCallbackError {
  return new OssCallbackError('UPLOAD_NOT_FOUND', 'There is no such upload.');
}
