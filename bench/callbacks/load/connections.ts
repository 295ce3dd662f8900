import { createConnection, type Socket } from 'node:net';
import type { LoadRun, RequestToSend } from './load-run.js';
import { readAnswer } from './read-answer.js';

const HOST = '127.0.0.1';
const ANSWER_TIMEOUT_MS = 10_000;

/** Sends one request after the other on one connection; resolves when the run is over. */
export function keepSending(port: number, run: LoadRun): Promise<void> {
  return new Promise((resolve) => {
    let request: RequestToSend | undefined;
    let received = '';
    let sentAtMs = 0;
    let hasJoined = false;
    const sendNext = () => {
      request = run.take();
      if (!request) {
        socket.end();
        return;
      }
      sentAtMs = performance.now();
      socket.write(request.bytes);
    };
    const socket = connect(port, (text) => {
      received += text;
      if (!request) return fail(socket, run, `an answer to no request: ${received}`);
      const read = readAnswer(received, request.expectedBody);
      if (read === 'incomplete') return;
      if (read !== 'right') return fail(socket, run, read.wrong);
      received = '';
      run.count(performance.now() - sentAtMs);
      if (hasJoined) return sendNext();
      hasJoined = true;
      request = undefined;
      void run.joinLoad().then(sendNext);
    });
    socket.once('connect', sendNext);
    socket.once('error', (error) => run.fail(`a connection failed: ${error.message}`));
    socket.once('close', () => {
      if (request) run.fail(`a connection was closed before the answer, after ${received}`);
      resolve();
    });
  });
}

/** Sends each request on a connection of its own, one after the other, as OSS does. */
export async function keepConnecting(port: number, run: LoadRun): Promise<void> {
  for (let request = run.take(); request; request = run.take()) {
    await sendAlone(port, run, request);
  }
}

/** The time from the wish to connect to the last byte of the answer. */
function sendAlone(port: number, run: LoadRun, request: RequestToSend): Promise<void> {
  return new Promise((resolve) => {
    const sentAtMs = performance.now();
    let received = '';
    let isAnswered = false;
    const socket = connect(port, (text) => {
      received += text;
      const read = readAnswer(received, request.expectedBody);
      if (read === 'incomplete') return;
      if (read !== 'right' || isAnswered) {
        return fail(socket, run, read === 'right' ? 'an answer came twice' : read.wrong);
      }
      isAnswered = true;
      run.count(performance.now() - sentAtMs);
    });
    socket.write(request.bytes);
    socket.once('error', (error) => run.fail(`a connection failed: ${error.message}`));
    socket.once('close', () => {
      if (!isAnswered) run.fail(`a connection was closed before the answer, after ${received}`);
      resolve();
    });
  });
}

/** Every connection reads into a buffer of its own, so that reading makes no garbage. */
function connect(port: number, onText: (text: string) => void): Socket {
  const socket = createConnection({
    port,
    host: HOST,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(4_096),
      callback: (bytes, buffer) => {
        onText(Buffer.prototype.latin1Slice.call(buffer, 0, bytes));
        return true;
      },
    },
  });
  socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('no answer came in time')));
  return socket;
}

function fail(socket: Socket, run: LoadRun, reason: string): void {
  run.fail(reason);
  socket.destroy();
}
