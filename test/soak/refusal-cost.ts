import { optionsFor, signBody } from '../durability/front.js';
import { inParallel, Load } from '../durability/load.js';
import type { Outcome } from '../durability/outcome.js';
import { onStage, type Stage } from '../durability/stage.js';
import { PUBLISHED_CALLBACK } from '../../src/protocol/callback/public-key-url.js';
import type { CallbackRequest } from '../../src/testing/index.js';
import type { PlatformName } from '../support/platforms.js';
import type { AppProcess } from './start-app.js';

const CONNECTIONS = 16;
const MAX_RATIO = 1.5;
const GOOD = 'good';

/** What an app spends on a request of each kind, in processor time, beside what it spends on a good callback. */
export function measureRefusals(
  databaseUrl: string,
  { platform, requests, rounds }: { platform: PlatformName; requests: number; rounds: number },
): Promise<Outcome> {
  return onStage({ databaseUrl }, async (stage) => {
    const { findings, oss } = stage;
    const app = await stage.startApp({
      platform,
      handlers: 'none',
      // a bucket that is asked would make the good ones dearer
      options: optionsFor(oss, { confirmObject: 'never' }),
    });
    const good = (await stage.land(requests * (rounds + 1))).map(({ callback }) => callback);
    const kinds = Object.entries(badRequests(stage, good[0]!));
    const costs = new Map<string, number[]>();
    for (let round = 0; round <= rounds; round += 1) {
      const ofRound: [string, CallbackRequest[]][] = [
        [GOOD, good.slice(round * requests, (round + 1) * requests)],
        ...kinds.map(([kind, request]): [string, CallbackRequest[]] => [kind, Array(requests).fill(request)]),
      ]; // prettier-ignore
      for (const [kind, all] of ofRound) {
        const micros = await costOf(app, all);
        if (round > 0) costs.set(kind, [...(costs.get(kind) ?? []), micros]); // the first round warms up
      }
    }
    const goodMicros = median(costs.get(GOOD)!);
    for (const [kind, micros] of costs) {
      const ratio = median(micros) / goodMicros;
      findings.set(`${kind}: µs`, median(micros));
      findings.set(`${kind}: times a good one`, ratio);
      if (ratio > MAX_RATIO) findings.none([kind], 'costs more than 1.5 times a good one');
    }
  });
}

/** What anyone can send, and what anyone with an OSS account can have signed. */
function badRequests({ oss }: Stage, good: CallbackRequest): Record<string, CallbackRequest> {
  const { headers } = good;
  const keyUrl = (url: string) => Buffer.from(url).toString('base64');
  const { authorization: _signature, ...unsigned } = headers;
  const withBody = (body: Buffer, more: Record<string, string> = {}): CallbackRequest => ({
    ...good,
    headers: { ...headers, 'content-length': String(body.byteLength), ...more },
    body,
  });
  const json = Buffer.from('{"bucket":"uploads","object":"a.txt","size":5,}');
  return {
    'unsigned': { ...good, headers: unsigned },
    'random signature': { ...good, headers: { ...headers, authorization: `${'A'.repeat(86)}==` } },
    'random signature, 60 KB': withBody(Buffer.alloc(60_000, 'a'), { authorization: `${'A'.repeat(86)}==` }),
    'published signature, another body': withBody(Buffer.from('bucket=uploads&object=a.txt'), {
      'authorization': PUBLISHED_CALLBACK.authorization,
      'x-oss-pub-key-url': keyUrl('https://gosspublic.alicdn.com/callback_pub_key_v1.pem'),
    }),
    'signature of another body': withBody(Buffer.from('bucket=uploads&object=a.txt')),
    'unknown host of the key': {
      ...good,
      headers: { ...headers, 'x-oss-pub-key-url': keyUrl('https://evil.example/callback_pub_key_v1.pem') },
    },
    'malformed JSON': signBody(oss, json),
    'no ticket': signBody(oss, 'bucket=uploads&object=a.txt&size=5'),
    'forged ticket': signBody(oss, `${good.body.toString().slice(0, -8)}AAAAAAAA`),
    'too large': withBody(Buffer.alloc(70_000, 'a')),
  }; // prettier-ignore
}

/** @returns processor time of the app for each request, in microseconds */
async function costOf(app: AppProcess, requests: readonly CallbackRequest[]): Promise<number> {
  const load = new Load(CONNECTIONS);
  const before = await app.cpu();
  await inParallel(requests, CONNECTIONS, async (request) => void (await load.send(app.url, request)));
  const after = await app.cpu();
  load.close();
  return (after - before) / requests.length;
} // prettier-ignore

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
