import { connect } from 'node:net';

export interface RawRequest {
  method?: string;
  /** Request target, byte for byte. */
  target: string;
  httpVersion?: '1.0' | '1.1';
  /** In this order, byte for byte; a name may appear twice. */
  headers?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  body?: string | Uint8Array;
}

export interface RawResponse {
  status: number;
  /** As they came; a name may appear twice. */
  headers: [name: string, value: string][];
  body: Buffer;
  /** The first value under this name, whatever its case. */
  header(name: string): string | undefined;
  json(): unknown;
}

/**
 * Sends bytes that no HTTP client would send, and reads the answer as bytes.
 * @param signal breaks the connection
 */
export function sendRaw(
  base: string,
  request: RawRequest,
  signal?: AbortSignal,
): Promise<RawResponse> {
  return sendBytes(base, toBytes(base, request), false, signal);
}

/**
 * Where the bytes are not a whole request, the connection stays open until an answer is there.
 * @param headOnly whether the answer ends with its headers, as to a HEAD
 */
export function sendBytes(
  base: string,
  bytes: Uint8Array,
  headOnly = false,
  signal?: AbortSignal,
): Promise<RawResponse> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const address = { port: Number(port), host: hostname, signal };
    const socket = connect(address, () => socket.write(bytes));
    const settle = (isEnd: boolean) => {
      const response = readResponse(Buffer.concat(chunks), isEnd);
      if (!response) return false;
      resolve(response);
      socket.destroy();
      return true;
    };
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      settle(headOnly);
    });
    socket.on('close', () => settle(true) || reject(new Error('closed without an answer')));
    // A server that has answered may reset the connection on bytes that it does not want.
    socket.on('error', (error) => settle(true) || reject(error));
  });
}

export function toBytes(base: string, request: RawRequest): Buffer {
  const body = Buffer.from(request.body ?? '');
  const given = Array.isArray(request.headers)
    ? (request.headers as [string, string][])
    : Object.entries((request.headers ?? {}) as Record<string, string>);
  const has = (name: string) => given.some(([one]) => one.toLowerCase() === name);
  const headers = [
    ...(has('host') ? [] : [['Host', new URL(base).host]]),
    ...given,
    ...(has('content-length') || has('transfer-encoding')
      ? []
      : [['Content-Length', String(body.byteLength)]]),
  ];
  const { method = 'POST', target, httpVersion = '1.1' } = request;
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/${httpVersion}\r\n`, 'latin1'),
    Buffer.from(headers.map(([name, value]) => `${name}: ${value}\r\n`).join(''), 'latin1'),
    Buffer.from('\r\n'),
    body,
  ]);
}

/** `undefined` where more bytes must come. */
function readResponse(bytes: Buffer, isEnd: boolean): RawResponse | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const header = (name: string) =>
    headers.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
  const rest = bytes.subarray(headEnd + 4);
  const length = header('content-length');
  const isWhole =
    length !== undefined
      ? rest.byteLength >= Number(length)
      : header('transfer-encoding') === 'chunked' && rest.toString('latin1').endsWith('0\r\n\r\n');
  if (!isWhole && !isEnd) return undefined;
  const body = header('transfer-encoding') === 'chunked' ? unchunk(rest) : rest;
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body,
    header,
    json: () => JSON.parse(body.toString('utf8')) as unknown,
  };
}

function unchunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.subarray(0, lineEnd).toString('latin1'), 16);
    if (lineEnd === -1 || !(size > 0)) return Buffer.concat(chunks);
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    rest = rest.subarray(lineEnd + 4 + size);
  }
}
