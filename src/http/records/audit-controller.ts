import {
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Param,
  Query,
  Req,
  Res,
  StreamableFile,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ServerResponse } from 'node:http';
import { addressOf } from '../../callback/capture/remote-address.js';
import { OssUploadAudit } from '../../records/oss-upload-audit.js';
import { checkWholeNumber, invalidFilter } from '../../records/queries/upload-filter.js';
import { withChanges } from './audit-changes.js';
import { type AuditControllerOptions, checkControllerOptions } from './audit-controller-options.js';
import {
  type QueryValues,
  readNumber,
  readText,
  readTicketQuery,
  readUploadQuery,
} from './audit-query.js';
import { toEventStream } from './event-stream.js';

/** Enough for a page that says "more than 10,000". */
const COUNT_AT_MOST = 10_000;

const COUNT_LIMIT = 100_000;

const FILE_TYPES = {
  csv: { type: 'text/csv; charset=utf-8', disposition: 'attachment; filename="uploads.csv"' },
  ndjson: { type: 'application/x-ndjson', disposition: 'attachment; filename="uploads.ndjson"' },
};

/**
 * A controller for an app's own pages; put the class into a module's `controllers`. These routes read:
 *
 * - `/`: `{ uploads, nextCursor }`; query as `OssUploadPageRequest`, times in ISO 8601
 * - `/count`: `{ count, isExact }`, counted up to `atMost` (10,000, at most 100,000)
 * - `/export?format=csv` or `ndjson`: a file; CSV begins with a byte order mark
 * - `/live`: server-sent events `ready`, `upload`, `missed`; query `owner`, `bucket`, `object`, `source`
 * - `/tickets`: `{ tickets, nextCursor }`, those that are `ambiguous` unless `status` says otherwise
 * - `/:id`: one record, or 404
 *
 * With `allowChanges: true` there are two more, with bodies of JSON:
 *
 * - `POST /retry` with `OssUploadRetry`: `{ retried, refused }`; ids or a filter have to be given
 * - `POST /tickets/:id/resolution` with `{ decision }`: the upload's status, as `OssUploadAudit.resolve`
 *
 * Invalid queries are answered with 400 `INVALID_FILTER`.
 *
 * ```ts
 * @Module({ controllers: [createOssUploadAuditController({ guards: [AdminGuard] })] })
 * ```
 * @throws OssCallbackError `INVALID_OPTIONS` immediately if no guard protects the records
 * @category Records
 */
export function createOssUploadAuditController(options: AuditControllerOptions): Type<unknown> {
  const { path, guards, ownerOf, allowChanges } = checkControllerOptions(options);

  /** The query, with the owner that the app determines; clients cannot name one then. */
  async function ownQuery(query: QueryValues, request: unknown): Promise<QueryValues> {
    if (!ownerOf) return query;
    if ('owner' in query) throw invalidFilter('owner', 'is set by the app.');
    return { ...query, owner: await ownerOf(request) };
  }

  @Controller(path)
  @UseGuards(...guards)
  class OssUploadAuditController {
    constructor(
      @Inject(OssUploadAudit) readonly audit: OssUploadAudit,
      @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    ) {}

    @Get()
    @Header('Cache-Control', 'no-store')
    async list(@Query() query: QueryValues, @Req() request: unknown) {
      return this.audit.find(readUploadQuery(await ownQuery(query, request)));
    }

    @Get('count')
    @Header('Cache-Control', 'no-store')
    async count(@Query() query: QueryValues, @Req() request: unknown) {
      const own = await ownQuery(query, request);
      const filter = readUploadQuery(own, ['atMost']);
      const atMost = readAtMost(own);
      // one more shows whether the count is exact
      const count = await this.audit.count(filter, { atMost: atMost + 1 });
      return { count: Math.min(count, atMost), isExact: count <= atMost };
    }

    @Get('export')
    @Header('Cache-Control', 'no-store')
    @Header('X-Content-Type-Options', 'nosniff')
    async exportAll(
      @Query() query: QueryValues,
      @Req() request: unknown,
      @Res() response: unknown,
    ) {
      const own = await ownQuery(query, request);
      const filter = readUploadQuery(own, ['format']);
      const format = readText('format', own.format ?? 'csv') as keyof typeof FILE_TYPES;
      const file = this.audit.export(filter, { format, byteOrderMark: true });
      return this.send(response, new StreamableFile(file, FILE_TYPES[format]));
    }

    @Get('live')
    // `no-transform` keeps compression, and X-Accel-Buffering nginx, from holding events back
    @Header('Cache-Control', 'no-store, no-transform')
    @Header('X-Accel-Buffering', 'no')
    async live(
      @Query() query: QueryValues,
      @Req() request: HostRequest,
      @Res() response: HostResponse,
    ) {
      const own = await ownQuery(query, request);
      const viewer = ownerOf ? `owner ${String(own.owner)}` : `address ${addressOf(request)}`;
      const watch = this.audit.watch(readUploadQuery(own), { viewer });
      const events = toEventStream(watch, response.raw ?? response);
      const type = 'text/event-stream; charset=utf-8';
      return this.send(response, new StreamableFile(events, { type }));
    }

    @Get('tickets')
    @Header('Cache-Control', 'no-store')
    async tickets(@Query() query: QueryValues, @Req() request: unknown) {
      return this.audit.tickets(readTicketQuery(await ownQuery(query, request)));
    }

    @Get(':id')
    @Header('Cache-Control', 'no-store')
    async get(@Param('id') id: string, @Req() request: unknown) {
      const upload = await this.audit.get(id);
      if (upload && (!ownerOf || upload.owner === (await ownerOf(request)))) return upload;
      throw new NotFoundException('No record of this upload exists.');
    }

    /** Past the app's interceptors: one that wraps answers would make JSON of the stream. */
    private send(response: unknown, file: StreamableFile): StreamableFile {
      this.adapterHost.httpAdapter.reply(response, file);
      return file;
    }
  }
  return allowChanges
    ? withChanges(OssUploadAuditController, { path, guards })
    : OssUploadAuditController;
}

type HostRequest = { ip?: unknown };
/** Express passes Node's response, Fastify its own reply. */
type HostResponse = ServerResponse & { raw?: ServerResponse };

function readAtMost({ atMost }: QueryValues): number {
  if (atMost === undefined) return COUNT_AT_MOST;
  const number = readNumber('atMost', readText('atMost', atMost));
  return checkWholeNumber('atMost', number, 1, COUNT_LIMIT);
}
