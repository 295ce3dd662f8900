import { CliProblem } from './cli-command.js';
import type { CapturedRequest } from './captured-request.js';

const SHAPE =
  'Write { "method", "url", "headers", "body" } or "bodyBase64" in place of "body", or a list of such objects.';

/**
 * Reads one request or a list of them. `authorization` and `xOssPubKeyUrl` may stand beside the headers.
 * @throws CliProblem where it is no JSON, or of another shape
 */
export function readJsonCapture(text: string): CapturedRequest[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CliProblem(`The capture is not valid JSON: ${(error as Error).message}.`);
  }
  const entries: unknown[] = Array.isArray(json) ? json : [json];
  if (entries.length === 0) throw new CliProblem(`The capture is an empty list. ${SHAPE}`);
  return entries.map((entry, index) => readEntry(entry, entries.length > 1 ? index : undefined));
}

function readEntry(entry: unknown, index: number | undefined): CapturedRequest {
  const where = index === undefined ? 'The capture' : `Entry ${index + 1} of the capture`;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new CliProblem(`${where} is no object. ${SHAPE}`);
  }
  const fields = entry as Record<string, unknown>;
  const { url, id, method } = fields;
  if (typeof url !== 'string' || url === '') {
    throw new CliProblem(`${where} has no "url", the path with query as requested. ${SHAPE}`);
  }
  const notes: string[] = [];
  const body = readBody(fields, where);
  const rawHeaders = readHeaders(fields, where);
  const position = rawHeaders.findIndex((name) => name.toLowerCase() === 'content-length');
  const length = rawHeaders[position + 1];
  if (position !== -1 && length !== String(body.byteLength)) {
    notes.push(`The body has ${body.byteLength} bytes, Content-Length says ${length}.`);
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
    throw new CliProblem(`${where} has "headers" that are no object of names and values.`);
  }
  const given = Object.entries(headers as Record<string, unknown>);
  const has = (name: string) => given.some(([one]) => one.toLowerCase() === name);
  const beside = Object.entries({ authorization, 'x-oss-pub-key-url': xOssPubKeyUrl });
  return [...given, ...beside.filter(([name, value]) => value !== undefined && !has(name))]
    .flatMap(([name, values]) => [values].flat().map((value) => [name, String(value)]))
    .flat();
}
