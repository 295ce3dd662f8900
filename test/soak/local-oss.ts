import { createHash, type Hash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sendMalformed } from './send-malformed.js';

/**
 * Part of `npm run test:soak`: a local OSS in a process of its own takes 2 GiB in one upload and in parts, copies them, and
 * takes 10,000 malformed requests. Ends with 1 where it takes more memory than promised, or where content does not arrive.
 */
const MB = 1024 * 1024;
const SIZE_MB = Number(process.env.SOAK_OSS_MB ?? 2_048);
const PART_MB = 64;
const MALFORMED = Number(process.env.SOAK_MALFORMED ?? 10_000);
const MEMORY_LIMIT_MB = 200;

const block = randomBytes(MB);

async function main(): Promise<boolean> {
  const parent = await mkdtemp(join(tmpdir(), 'oss-soak-'));
  const cli = fileURLToPath(new URL('../../src/simulator/cli.js', import.meta.url));
  const args = ['--port', '0', '--data', join(parent, 'oss'), '--no-signatures', '--quiet'];
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.once('exit', () => reject(new Error(`It ended: ${output}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const [, found] = /listens on (\S+)/.exec(output) ?? [];
        if (found) resolve(found);
      });
    });
    const peakMb = () => peakMemoryMb(child.pid ?? 0);
    const single = await time(() => uploadSingle(`${url}/photos/single.bin`));
    const afterSingle = peakMb();
    const multipart = await time(() => uploadInParts(`${url}/photos/parts.bin`));
    const afterParts = peakMb();
    const copies = await time(() => copyTwice(`${url}/photos/parts.bin`, `${url}/photos/copy.bin`));
    const afterCopies = peakMb();
    const malformed = await time(() => sendMalformed(url, { count: MALFORMED, seed: 4 }));
    const alive = await put(`${url}/photos/alive`, 1);
    const outside = (await readdir(parent)).filter((name) => name !== 'oss');
    console.table({
      [`PutObject, ${SIZE_MB} MiB`]: {
        seconds: single.seconds,
        peakMb: afterSingle,
        intact: single.result,
      },
      [`in parts of ${PART_MB} MiB`]: {
        seconds: multipart.seconds,
        peakMb: afterParts,
        intact: multipart.result,
      },
      'CopyObject and UploadPartCopy of it': {
        seconds: copies.seconds,
        peakMb: afterCopies,
        intact: copies.result,
      },
      [`${MALFORMED} malformed requests`]: {
        seconds: malformed.seconds,
        peakMb: peakMb(),
        intact:
          alive.status === 200 && outside.length === 0 && malformed.result.hanging.length === 0,
      },
    });
    if (malformed.result.hanging.length > 0) console.error('hanging:', malformed.result.hanging);
    return (
      single.result &&
      multipart.result &&
      copies.result &&
      afterCopies <= MEMORY_LIMIT_MB &&
      alive.status === 200 &&
      outside.length === 0 &&
      malformed.result.hanging.length === 0
    );
  } finally {
    child.kill();
    await new Promise((resolve) => child.once('close', resolve));
    await rm(parent, { recursive: true, force: true });
  }
}

async function uploadSingle(url: string): Promise<boolean> {
  const { md5 } = await put(url, SIZE_MB);
  return (await contentMd5(url)) === md5;
}

async function uploadInParts(url: string): Promise<boolean> {
  const uploadId = await begin(url);
  const hash = createHash('md5');
  for (let number = 1; (number - 1) * PART_MB < SIZE_MB; number += 1) {
    await put(`${url}?partNumber=${number}&uploadId=${uploadId}`, PART_MB, hash);
  }
  return (await complete(url, uploadId)) && (await contentMd5(url)) === hash.digest('hex');
}

/** By CopyObject, then by an upload whose only part is a copy. */
async function copyTwice(source: string, target: string): Promise<boolean> {
  const headers = { 'x-oss-copy-source': new URL(source).pathname };
  const md5 = await contentMd5(source);
  const copied = await send(target, 'PUT', headers);
  if (copied.status !== 200 || (await contentMd5(target)) !== md5) return false;
  const uploadId = await begin(target);
  await send(`${target}?partNumber=1&uploadId=${uploadId}`, 'PUT', headers);
  return (await complete(target, uploadId)) && (await contentMd5(target)) === md5;
}

async function begin(url: string): Promise<string> {
  const begun = await (await fetch(`${url}?uploads`, { method: 'POST' })).text();
  return /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1] ?? '';
}

async function complete(url: string, uploadId: string): Promise<boolean> {
  const headers = { 'x-oss-complete-all': 'yes' };
  const { status } = await send(`${url}?uploadId=${uploadId}`, 'POST', headers);
  return status === 200;
}

async function put(url: string, sizeMb: number, whole?: Hash) {
  const hash = createHash('md5');
  const blocks = function* () {
    for (let count = 0; count < sizeMb; count += 1) {
      hash.update(block);
      whole?.update(block);
      yield block;
    }
  };
  const headers = { 'content-length': String(sizeMb * MB) };
  const { status } = await send(url, 'PUT', headers, Readable.from(blocks()));
  return { status, md5: hash.digest('hex') };
}

async function contentMd5(url: string): Promise<string> {
  const hash = createHash('md5');
  const response = await fetch(url);
  for await (const chunk of response.body ?? []) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** Not `fetch`, which gives up on an answer that takes longer than five minutes. */
function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: Readable,
): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      response.resume().on('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    sent.on('error', reject);
    if (body) body.pipe(sent);
    else sent.end();
  });
}

async function time<Result>(work: () => Promise<Result>) {
  const startedAt = performance.now();
  const result = await work();
  return { result, seconds: Math.round((performance.now() - startedAt) / 100) / 10 };
}

/** The most that the process ever held, as Linux counts it. */
function peakMemoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024);
}

process.exitCode = (await main()) ? 0 : 1;
