import { messageOf } from '../../common/error-text.js';
import { CliProblem } from '../cli-command.js';

/** A captured HTTP request. */
export interface CapturedRequest {
  /** The entry's `id` or number, if the file has several. */
  id?: string;
  method: string;
  /** Request target as captured. */
  url: string;
  /** Alternating names and values, like Node's `rawHeaders`. */
  rawHeaders: string[];
  body: Buffer;
  /** Findings about the capture that may explain an invalid signature. */
  notes: string[];
}

/**
 * Reads the requests in a file: one raw HTTP request, or one or several as JSON.
 * @throws CliProblem if the file has neither form
 */
export function readCaptures(bytes: Buffer): CapturedRequest[] {
  const content = bytes.subarray(bytes.indexOf('\ufeff') === 0 ? 3 : 0);
  const start = content.subarray(0, 1_024).toString('latin1').trimStart();
  if (start === '') throw new CliProblem('The capture is empty.');
  return start.startsWith('{') || start.startsWith('[')
    ? readJsonCapture(content.toString('utf8'))
    : [readRawCapture(content)];
}

/** The headers by lower-case name; of repeated ones, the first. */
export function headersOf({
  rawHeaders,
}: Pick<CapturedRequest, 'rawHeaders'>): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers[rawHeaders[index]!.toLowerCase()] ??= rawHeaders[index + 1]!;
  }
  return headers;
}

const SHAPE =
  'Write { "method", "url", "headers", "body" } or "bodyBase64" instead of "body", or a list of such objects.';

/** Reads one request or a list. `authorization` and `xOssPubKeyUrl` are accepted beside the headers. */
function readJsonCapture(text: string): CapturedRequest[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CliProblem(`The capture is not valid JSON: ${messageOf(error)}.`);
  }
  const entries: unknown[] = Array.isArray(json) ? json : [json];
  if (entries.length === 0) throw new CliProblem(`The capture is an empty list. ${SHAPE}`);
  return entries.map((entry, index) => readEntry(entry, entries.length > 1 ? index : undefined));
}

function readEntry(entry: unknown, index: number | undefined): CapturedRequest {
  const where = index === undefined ? 'The capture' : `Entry ${index + 1} of the capture`;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new CliProblem(`${where} is not an object. ${SHAPE}`);
  }
  const fields = entry as Record<string, unknown>;
  const { url, id, method } = fields;
  if (typeof url !== 'string' || url === '') {
    throw new CliProblem(`${where} has no "url", the path with query as requested. ${SHAPE}`);
  }
  const notes: string[] = [];
  const body = readBody(fields, where);
  const rawHeaders = readHeaders(fields, where);
  const length = headersOf({ rawHeaders })['content-length'];
  if (length !== undefined && length !== String(body.byteLength)) {
    notes.push(`The body has ${body.byteLength} bytes, but Content-Length is ${length}.`);
  }
  return {
    ...(typeof id === 'string' ? { id } : index === undefined ? {} : { id: `#${index + 1}` }),
    method: typeof method === 'string' ? method : 'POST',
    url,
    rawHeaders,
    body,
    notes,
  };
}

function readBody({ body, bodyBase64 }: Record<string, unknown>, where: string): Buffer {
  if (typeof bodyBase64 === 'string') {
    const bytes = Buffer.from(bodyBase64, 'base64');
    if (bytes.toString('base64') === bodyBase64) return bytes;
    throw new CliProblem(`${where} has a "bodyBase64" that is not base64.`);
  }
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body === undefined) throw new CliProblem(`${where} has neither "body" nor "bodyBase64".`);
  throw new CliProblem(
    `${where} has a parsed "body". A signature covers bytes: write the text as received, or "bodyBase64".`,
  );
}

function readHeaders(fields: Record<string, unknown>, where: string): string[] {
  const { headers = {}, authorization, xOssPubKeyUrl } = fields;
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new CliProblem(`${where} has "headers" that are not an object of names and values.`);
  }
  const given = Object.entries(headers as Record<string, unknown>);
  const has = (name: string) => given.some(([one]) => one.toLowerCase() === name);
  const beside = Object.entries({ authorization, 'x-oss-pub-key-url': xOssPubKeyUrl });
  return [...given, ...beside.filter(([name, value]) => value !== undefined && !has(name))]
    .flatMap(([name, values]) => [values].flat().map((value) => [name, String(value)]))
    .flat();
}

const REQUEST_LINE = /^([A-Z]+) ((?:https?:\/)?\/\S*)(?: HTTP\/\d(?:\.\d)?)?$/;

/**
 * Reads an HTTP request in its wire format: request line, headers, an empty line, the body. Line ends may be LF, in
 * case an editor changed them.
 */
function readRawCapture(bytes: Buffer): CapturedRequest {
  const start = bytes.findIndex((byte) => byte !== 0x0a && byte !== 0x0d);
  const { head, body, hasCarriageReturns } = splitAtEmptyLine(bytes.subarray(start));
  const [requestLine = '', ...headerLines] = head.split(/\r?\n/);
  const [, method = '', url = ''] = REQUEST_LINE.exec(requestLine) ?? [];
  if (url === '') {
    throw new CliProblem(
      `The capture does not begin with a request line such as "POST /oss/callback HTTP/1.1", but with ${JSON.stringify(requestLine.slice(0, 80))}.`,
    );
  }
  const notes: string[] = [];
  if (!hasCarriageReturns) {
    notes.push(
      'The capture has LF line ends instead of CRLF. An editor may have changed those in the body as well.',
    );
  }
  const rawHeaders = headerLines.flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon > 0) return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    notes.push(`The line ${JSON.stringify(line.slice(0, 80))} is not a header and was left out.`);
    return [];
  });
  const headers = headersOf({ rawHeaders });
  const isChunked = headers['transfer-encoding']?.toLowerCase() === 'chunked';
  return {
    method,
    url,
    rawHeaders,
    body: isChunked ? joinChunks(body, notes) : cutToLength(body, headers['content-length'], notes),
    notes,
  };
}

function splitAtEmptyLine(bytes: Buffer) {
  const ends = ['\r\n\r\n', '\n\n']
    .map((mark) => ({ mark, index: bytes.indexOf(mark) }))
    .filter(({ index }) => index !== -1)
    .toSorted((one, other) => one.index - other.index);
  const { mark, index } = ends[0] ?? { mark: '', index: bytes.byteLength };
  const head = bytes.subarray(0, index).toString('latin1').trimEnd();
  return {
    head,
    body: Buffer.from(bytes.subarray(index + mark.length)),
    hasCarriageReturns: head.includes('\r\n'),
  };
}

function cutToLength(body: Buffer, contentLength: string | undefined, notes: string[]): Buffer {
  const length = /^\d{1,9}$/.test(contentLength ?? '') ? Number(contentLength) : undefined;
  const found = `The body has ${body.byteLength} bytes`;
  if (length === undefined) {
    notes.push(`${found}, and the request has no Content-Length: all of them were checked.`);
    return body;
  }
  if (body.byteLength < length) {
    notes.push(`${found}, but Content-Length is ${length}: the capture is incomplete.`);
  }
  if (body.byteLength <= length) return body;
  const isLineEnd = /^[\r\n]+$/.test(body.subarray(length).toString('latin1'));
  notes.push(
    `${found}, but Content-Length is ${length}: ${isLineEnd ? 'the line end after the body' : 'what follows the body'} was left out.`,
  );
  return body.subarray(0, length);
}

function joinChunks(bytes: Buffer, notes: string[]): Buffer {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const lineEnd = rest.indexOf('\n');
    const sizeText = rest.subarray(0, Math.max(0, lineEnd)).toString('latin1').trim();
    const size = /^[0-9a-f]{1,6}(?:;.*)?$/i.test(sizeText) ? Number.parseInt(sizeText, 16) : -1;
    if (size === 0) break;
    if (size < 0 || rest.byteLength < lineEnd + 1 + size) {
      notes.push('The chunks of the body are incomplete.');
      break;
    }
    chunks.push(rest.subarray(lineEnd + 1, lineEnd + 1 + size));
    const after = rest.subarray(lineEnd + 1 + size);
    rest = after.subarray(after.indexOf('\n') + 1);
  }
  notes.push('The body is chunked, which OSS never does: a proxy rewrote the request.');
  return Buffer.concat(chunks);
}
