import { CliProblem } from './cli-command.js';
import type { CapturedRequest } from './captured-request.js';

const REQUEST_LINE = /^([A-Z]+) ((?:https?:\/)?\/\S*)(?: HTTP\/\d(?:\.\d)?)?$/;

/**
 * Reads an HTTP request as it goes over the wire: request line, headers, an empty line, the body. A file that an
 * editor saved with line feeds alone is read, too.
 * @throws CliProblem where it does not begin like a request
 */
export function readRawCapture(bytes: Buffer): CapturedRequest {
  const start = bytes.findIndex((byte) => byte !== 0x0a && byte !== 0x0d);
  const { head, body, hasCarriageReturns } = splitAtEmptyLine(bytes.subarray(start));
  const [requestLine = '', ...headerLines] = head.split(/\r?\n/);
  const [, method = '', url = ''] = REQUEST_LINE.exec(requestLine) ?? [];
  if (url === '') {
    throw new CliProblem(
      `The capture does not begin with a request line, as in "POST /oss/callback HTTP/1.1", but with ${JSON.stringify(requestLine.slice(0, 80))}.`,
    );
  }
  const notes: string[] = [];
  if (!hasCarriageReturns) {
    notes.push(
      'The capture has LF line ends, not those of HTTP. An editor may have changed line ends in the body as well.',
    );
  }
  const rawHeaders = headerLines.flatMap((line) => {
    const colon = line.indexOf(':');
    if (colon > 0) return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    notes.push(`The line ${JSON.stringify(line.slice(0, 80))} is no header, and was left out.`);
    return [];
  });
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.set(rawHeaders[index]!.toLowerCase(), rawHeaders[index + 1]!);
  }
  const isChunked = headers.get('transfer-encoding')?.toLowerCase() === 'chunked';
  return {
    method,
    url,
    rawHeaders,
    body: isChunked
      ? joinChunks(body, notes)
      : cutToLength(body, headers.get('content-length'), notes),
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
    notes.push(`${found} and the request no Content-Length: all of them were checked.`);
    return body;
  }
  if (body.byteLength < length) {
    notes.push(`${found}, Content-Length says ${length}: the capture is not complete.`);
  }
  if (body.byteLength <= length) return body;
  const isLineEnd = /^[\r\n]+$/.test(body.subarray(length).toString('latin1'));
  notes.push(
    `${found}, Content-Length says ${length}: ${isLineEnd ? 'the line end that follows the body' : 'what follows the body'} was left out.`,
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
      notes.push('The chunks of the body cannot be read to their end.');
      break;
    }
    chunks.push(rest.subarray(lineEnd + 1, lineEnd + 1 + size));
    const after = rest.subarray(lineEnd + 1 + size);
    rest = after.subarray(after.indexOf('\n') + 1);
  }
  notes.push('The body was sent in chunks, as OSS never does: a proxy wrote the request again.');
  return Buffer.concat(chunks);
}
