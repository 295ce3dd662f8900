import type { DataSource } from 'typeorm';
import { OssCallbackRejection, OssUpload } from '../../src/index.js';
import { buildCallbackRequest, type CallbackRequest } from '../../src/testing/index.js';
import { inParallel, Load, OSS_WAITS_MS } from '../durability/load.js';

const PATH = '/oss/callback';
const FLOOD_CONNECTIONS = 48;

export interface FloodOrder {
  /** The app; it takes callbacks without tickets at `/oss/callback`. */
  url: string;
  ossUrl: string;
  privateKey: string;
  /** How many requests that OSS did not sign, and how many that it did. */
  unsigned: number;
  signed: number;
  dataSource: DataSource;
  /** Ends the app, or has it write what it counted. */
  endApp: () => Promise<unknown>;
}

export interface FloodFigures {
  minutes: number;
  perSecond: number;
  /** Of the signed callbacks in between: answered 200 in time, and recorded. */
  signedShare: number;
  slowestSignedMs: number;
  unsignedRefused: number;
  /** How many unsigned refusals the table stands for. */
  unsignedOnRecord: number;
  unsignedRows: number;
  rows: number;
}

/** Floods an app with unsigned requests, one after the other on each connection, and counts what is left. */
export async function flood(order: FloodOrder): Promise<FloodFigures> {
  const { dataSource, unsigned, signed } = order;
  const uploads = await dataSource.manager.count(OssUpload);
  const before = new Set((await rowsOf(dataSource)).map(({ id }) => id));
  const load = new Load(FLOOD_CONNECTIONS);
  const ossLoad = new Load(Infinity);
  const noise = makeNoise(order);
  const callbacks = Array.from({ length: signed }, (_, index) => makeCallback(order, index));
  let refused = 0;
  let accepted = 0;
  const startedAt = performance.now();
  const answering: Promise<void>[] = [];
  const sendNextCallback = () => {
    const callback = callbacks.pop();
    if (!callback) return;
    const answered = ossLoad.send(order.url, callback).then(({ status, durationMs }) => {
      if (status === 200 && durationMs <= OSS_WAITS_MS) accepted += 1;
    });
    answering.push(answered);
  };
  await inParallel(Array.from({ length: unsigned }), FLOOD_CONNECTIONS, async (_, index) => {
    // spread over the whole flood
    if (unsigned - index <= callbacks.length * (unsigned / signed)) sendNextCallback();
    const { status } = await load.send(order.url, noise[index % noise.length]!);
    if (status >= 400 && status < 500) refused += 1;
  });
  await Promise.all(answering);
  const seconds = (performance.now() - startedAt) / 1_000;
  load.close();
  ossLoad.close();
  await order.endApp();
  const recorded = (await dataSource.manager.count(OssUpload)) - uploads;
  const rows = await rowsOf(dataSource);
  const fresh = rows.filter((row) => !row.signed && !before.has(row.id));
  return {
    minutes: Math.ceil(seconds / 60),
    perSecond: Math.round((unsigned + signed) / seconds),
    signedShare: Math.min(accepted, recorded) / signed,
    slowestSignedMs: Math.round(ossLoad.worstMs),
    unsignedRefused: refused,
    unsignedOnRecord: fresh.reduce((sum, { occurrences }) => sum + occurrences, 0),
    unsignedRows: fresh.length,
    rows: rows.length,
  };
}

/** What a stranger can send: nothing signed, everything else as it should be. */
function makeNoise(order: FloodOrder): CallbackRequest[] {
  const genuine = makeCallback(order, -1);
  const keyUrl = (url: string) => ({ 'x-oss-pub-key-url': Buffer.from(url).toString('base64') });
  const { authorization: _signature, ...unsigned } = genuine.headers;
  const large = Buffer.alloc(60_000, 'a');
  return [
    { ...genuine, headers: unsigned },
    { ...genuine, headers: { ...genuine.headers, authorization: 'A'.repeat(86) + '==' } },
    { ...genuine, headers: { ...genuine.headers, ...keyUrl('https://evil.example/a.pem') } },
    {
      ...genuine,
      headers: { ...genuine.headers, 'content-length': String(large.length) },
      body: large,
    },
    // signed, for something else: the log's explanations are looked for
    { ...genuine, body: Buffer.from(genuine.body.toString().replace('uploads', 'sdaolpu')) },
    { ...genuine, headers: { ...genuine.headers, 'content-encoding': 'gzip' } },
  ];
}

function makeCallback({ ossUrl, privateKey }: FloodOrder, index: number): CallbackRequest {
  const name = `${index}-${Math.random().toString(36).slice(2)}`;
  return buildCallbackRequest({
    url: PATH,
    body: { bucket: 'uploads', object: `flood/${name}.txt`, size: 5, reqId: name },
    privateKey,
    localOssUrl: ossUrl,
  });
}

function rowsOf(dataSource: DataSource): Promise<OssCallbackRejection[]> {
  return dataSource.manager.find(OssCallbackRejection);
}
