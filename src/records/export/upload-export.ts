import { Readable } from 'node:stream';
import type { DataSource } from 'typeorm';
import { csvLine } from './csv.js';
import { OssUpload } from '../../database/oss-upload.entity.js';
import { decodeCursor } from '../queries/page-cursor.js';
import { type CheckedFilter, checkOneOf } from '../queries/upload-filter.js';
import { findUploadPage } from '../queries/upload-page.js';

/**
 * `ndjson`: one record as JSON on each line. `csv`: RFC 4180 with a header line; texts that a spreadsheet would run as
 * a formula are escaped, so it is meant for people, not for import.
 * @category Records
 */
export type OssUploadExportFormat = 'ndjson' | 'csv';

/**
 * How `OssUploadAudit.export` writes the records.
 * @category Records
 */
export interface OssUploadExportOptions {
  /** For programs `ndjson`, for spreadsheets `csv`. */
  format: OssUploadExportFormat;
  /** Whether CSV begins with U+FEFF, without which Excel misreads all but ASCII. Default: false. */
  byteOrderMark?: boolean;
}

export const EXPORT_FORMATS: readonly OssUploadExportFormat[] = ['ndjson', 'csv'];

/** A page is held in memory as rows and as text. */
const ROWS_PER_PAGE = 500;

/** Yields UTF-8 text, read from the database as fast as it is consumed. */
export function exportUploads(
  dataSource: DataSource,
  filter: CheckedFilter,
  { format, byteOrderMark = false }: OssUploadExportOptions,
): Readable {
  checkOneOf('format', format, EXPORT_FORMATS);
  const pages = readPages(dataSource, filter);
  const text =
    format === 'csv' ? csvTexts(pages, columnsOf(dataSource), byteOrderMark) : jsonTexts(pages);
  return Readable.from(text, { objectMode: false });
}

async function* readPages(
  dataSource: DataSource,
  filter: CheckedFilter,
): AsyncGenerator<OssUpload[]> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const page = await findUploadPage(dataSource, { filter, limit: ROWS_PER_PAGE, after });
    if (page.uploads.length > 0) yield page.uploads;
    cursor = page.nextCursor;
  }
}

async function* jsonTexts(pages: AsyncIterable<OssUpload[]>): AsyncGenerator<string> {
  for await (const uploads of pages) {
    yield uploads.map((upload) => `${JSON.stringify(upload)}\n`).join('');
  }
}

async function* csvTexts(
  pages: AsyncIterable<OssUpload[]>,
  columns: readonly (keyof OssUpload)[],
  byteOrderMark: boolean,
): AsyncGenerator<string> {
  yield (byteOrderMark ? '\uFEFF' : '') + csvLine(columns);
  for await (const uploads of pages) {
    yield uploads.map((upload) => csvLine(columns.map((name) => upload[name]))).join('');
  }
}

function columnsOf(dataSource: DataSource): (keyof OssUpload)[] {
  const { columns } = dataSource.getMetadata(OssUpload);
  return columns.map(({ propertyName }) => propertyName as keyof OssUpload);
}
