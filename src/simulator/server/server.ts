import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { nameAndMessageOf } from '../../common/error-text.js';
import { logText, unquoted } from '../../common/log-text.js';
import { controlReply, isControlRequest } from '../control/control-address.js';
import type { SimulatorState } from '../state.js';
import { OssFailure } from './oss-failure.js';
import { type OssRequest, readRequest } from './oss-request.js';
import { errorReply, type Reply, writeReply } from './reply.js';
import { route } from './route.js';
import { corsHeaders } from './web-pages.js';

/** Many clients read the response only after they have sent their whole body, so the rest of it is read up to here. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Status in the log of a request whose client closed the connection, so that there is no response. */
const CLIENT_CLOSED = 499;

/** Opens a server without a request handler: the handler needs the port, which is known only then. */
export function listen(host: string, port: number): Promise<Server> {
  const server = createServer({
    // Some SDKs send requests that strict parsers reject, such as chunked bodies with a Content-Length.
    insecureHTTPParser: true,
    maxHeaderSize: 64 * 1024,
    requestTimeout: 0,
    // Node closes an idle connection after 5 s, which a client on a busy machine may be about to use again.
    keepAliveTimeout: 60_000,
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** Handles the requests of a server that listens. */
export function serveRequests(server: Server, state: SimulatorState): void {
  server.on('request', (message, response) => {
    serve(state, message, response).catch((error: unknown) => {
      state.log(logText`answering failed: ${unquoted(nameAndMessageOf(error))}`);
      response.destroy();
    });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
}

async function serve(
  state: SimulatorState,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedAt = performance.now();
  const request = readRequest(message, state.clock());
  const reply = await answer(state, request);
  const drained = await drain(message);
  if (!response.destroyed) {
    const cors = isControlRequest(request) ? {} : corsHeaders(state, request);
    const vary = [reply.headers?.vary ?? [], cors.vary ?? []].flat().join(', ');
    const headers: Record<string, string> = { ...cors, ...reply.headers };
    if (vary) headers.vary = vary;
    if (!drained) headers.connection = 'close';
    await writeReply(response, request, { ...reply, headers }, state.clock());
  }
  const durationMs = performance.now() - startedAt;
  const target = message.url ?? '';
  state.events.emit('request', {
    at: new Date(),
    requestId: request.id,
    method: request.method,
    target,
    status: reply.status,
    durationMs,
    ...(reply.code === undefined ? {} : { code: reply.code }),
  });
  const outcome = [reply.status, reply.code ?? [], durationMs.toFixed(1)].flat().join(' ');
  state.log(
    logText`${unquoted(request.method)} ${unquoted(state.urlForLog(target))} ${unquoted(outcome)} ms`,
  );
}

async function answer(state: SimulatorState, request: OssRequest): Promise<Reply> {
  try {
    if (isControlRequest(request)) return await controlReply(state, request);
    return await route(state, request);
  } catch (error) {
    if (isAborted(error, request)) {
      state.log(logText`${unquoted(request.id)} ended: the client closed the connection`);
      return { status: CLIENT_CLOSED };
    }
    if (!(error instanceof OssFailure))
      state.log(logText`${unquoted(request.id)} failed: ${unquoted(nameAndMessageOf(error))}`);
    else {
      state.log(
        logText`${unquoted(request.id)} ${unquoted(error.code)}: ${unquoted(error.message)}`,
      );
      for (const line of error.notes) state.log(line);
    }
    return errorReply(error, request);
  }
}

/** Whether the client has closed the connection before its request was complete. */
function isAborted(error: unknown, { body }: OssRequest): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' && body.destroyed && !body.complete;
}

/** Reads the rest of the message. Returns whether it was read to its end. */
function drain(message: IncomingMessage): Promise<boolean> {
  if (message.readableEnded || message.destroyed) return Promise.resolve(message.complete);
  if (message.method === 'GET' || message.method === 'HEAD') {
    // Some clients announce a body that they never send.
    message.resume();
    return Promise.resolve(message.complete);
  }
  return new Promise((resolve) => {
    let sizeBytes = 0;
    message.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > MAX_DRAINED_BYTES) resolve(false);
    });
    message.once('end', () => resolve(true));
    message.once('close', () => resolve(message.complete));
    message.once('error', () => resolve(false));
    message.resume();
  });
}
