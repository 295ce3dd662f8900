import { Agent, request } from 'node:http';

/** OSS gives up after this. */
const OSS_WAITS_MS = 5_000;

export interface CallbackMessage {
  headers: Record<string, string>;
  body: string | Uint8Array;
}

export interface CallbackFigures {
  sent: number;
  /** Answered with success within the time that OSS waits. */
  share: number;
  p50Ms: number;
  p99Ms: number;
}

/** Sends callbacks at an even rate, each on a connection of its own, and counts those that OSS would take for answered. */
export async function sendCallbacksBeside(
  url: string,
  everyMs: number,
  messages: readonly CallbackMessage[],
): Promise<CallbackFigures> {
  const agent = new Agent({ keepAlive: false });
  const answering: Promise<{ status: number; tookMs: number }>[] = [];
  for (const message of messages) {
    answering.push(send(agent, url, message));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const answers = await Promise.all(answering);
  const inTime = answers.filter(
    ({ status, tookMs }) => status >= 200 && status < 300 && tookMs <= OSS_WAITS_MS,
  );
  const sorted = answers.map(({ tookMs }) => tookMs).toSorted((one, other) => one - other);
  const percentile = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1]!);
  return {
    sent: answers.length,
    share: inTime.length / answers.length,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}

function send(
  agent: Agent,
  url: string,
  { headers, body }: CallbackMessage,
): Promise<{ status: number; tookMs: number }> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const settle = (status: number) => resolve({ status, tookMs: performance.now() - startedAt });
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      response.on('error', () => settle(0));
      response.resume().on('end', () => settle(response.statusCode ?? 0));
    });
    sent.setTimeout(2 * OSS_WAITS_MS, () => sent.destroy());
    sent.on('error', () => settle(0));
    sent.end(body);
  });
}
