import {
  Body,
  Controller,
  Header,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import type { OssUploadAudit } from '../../records/oss-upload-audit.js';
import type { OssUploadRetry } from '../../records/queries/upload-retry.js';
import { invalidFilter } from '../../records/queries/upload-filter.js';
import type { TicketDecision } from '../../records/ticket-decision.js';
import type { Guard } from '../controller-options.js';
import { readRetry } from './audit-query.js';

type AuditController = abstract new (...args: never[]) => { readonly audit: OssUploadAudit };

interface JsonRequest {
  headers: IncomingHttpHeaders;
}

/** The controller with the routes that change something. */
export function withChanges(
  Base: AuditController,
  { path, guards }: { path: string; guards: Guard[] },
) {
  @Controller(path)
  @UseGuards(...guards)
  class OssUploadOperationsController extends (Base as new () => {
    readonly audit: OssUploadAudit;
  }) {
    @Post('retry')
    @HttpCode(HttpStatus.OK)
    @Header('Cache-Control', 'no-store')
    async retry(@Body() body: unknown, @Req() request: JsonRequest) {
      const retry: OssUploadRetry = readRetry(bodyOf(body, request));
      // A request that lost its body must not mean all of them.
      if (Object.keys(retry).length === 0)
        throw invalidFilter('ids', 'is missing: send ids or a filter.');
      return this.audit.retry(retry);
    }

    @Post('tickets/:id/resolution')
    @HttpCode(HttpStatus.OK)
    @Header('Cache-Control', 'no-store')
    async resolve(
      @Param('id') ticketId: string,
      @Body() body: unknown,
      @Req() request: JsonRequest,
    ) {
      const { decision } = bodyOf(body, request);
      return this.audit.resolve(ticketId, decision as TicketDecision);
    }
  }
  return OssUploadOperationsController;
}

/** A form of another site can send no JSON, unless the app answers its preflight. */
function bodyOf(body: unknown, { headers }: JsonRequest): Record<string, unknown> {
  const isJson = headers['content-type']?.split(';', 1)[0]!.trim() === 'application/json';
  if (isJson && typeof body === 'object' && body !== null) return { ...body };
  throw invalidFilter('body', 'is not a JSON object with the Content-Type application/json.');
}
