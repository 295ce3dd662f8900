import { Agent, request } from 'node:http';
import type { CallbackRequest } from '../../src/testing/index.js';

/** Of a run that names no number of its own. */
export const CONNECTIONS = 64;
/** OSS gives up after this. */
export const OSS_WAITS_MS = 5_000;

/** Less than the 5 s after which Node closes an idle connection, so that no request meets that moment. */
const IDLE_MS = 1_000;

export interface Answer {
  /** 0 where there was none: the connection was refused, or broke. */
  status: number;
  isJson: boolean;
  text: string;
  durationMs: number;
}

/** A load generator: sends callbacks as OSS does. */
export class Load {
  private readonly agent: Agent;
  /** The longest time that an answer took. */
  worstMs = 0;

  /** @param keepAlive whether connections are used again */
  constructor(connections = CONNECTIONS, keepAlive = true) {
    const idle = keepAlive ? { timeout: IDLE_MS } : {};
    this.agent = new Agent({ keepAlive, maxSockets: connections, ...idle });
  }

  send(appUrl: string, { url: path, headers, body }: CallbackRequest): Promise<Answer> {
    const { hostname, port } = new URL(appUrl);
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const settle = (status: number, isJson = false, text = '') => {
        const durationMs = performance.now() - startedAt;
        if (status !== 0) this.worstMs = Math.max(this.worstMs, durationMs);
        resolve({ status, isJson, text, durationMs });
      };
      const sent = request(
        { agent: this.agent, method: 'POST', hostname, port, path, headers },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', () => settle(0));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const isJson =
              response.headers['content-type'] === 'application/json' && isParsable(text);
            settle(response.statusCode ?? 0, isJson, text);
          });
        },
      );
      // As a time-out of the request it would begin with the agent's, until the connection is made.
      const patience = setTimeout(() => sent.destroy(), 2 * OSS_WAITS_MS);
      sent.on('close', () => clearTimeout(patience));
      sent.on('error', () => settle(0));
      sent.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Works on as many at once as there are connections, in their order. */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

function isParsable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
