import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { open, rename } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { OssPart, OssStarted, UploadJob, UploadReport } from './messages.js';

const isBuilt = import.meta.url.includes('/dist/');
const root = fileURLToPath(new URL(isBuilt ? '../../..' : '../..', import.meta.url));
const MB = 1024 * 1024;

export interface OssProcess {
  url: string;
  publicKey: string;
  /** The parts that it was sent, in their order. */
  parts: OssPart[];
  onPart: ((part: OssPart) => void) | undefined;
  stop(): Promise<void>;
}

export async function startOssProcess(dataDirectory: string): Promise<OssProcess> {
  const child = fork(program('oss-server'), [dataDirectory]);
  const started = await new Promise<OssStarted>((resolve, reject) => {
    child.once('message', (message: OssStarted) => resolve(message));
    child.once('exit', (code) => reject(new Error(`the local OSS ended with ${code}`)));
  });
  const oss: OssProcess = {
    url: started.url,
    publicKey: started.publicKey,
    parts: [],
    onPart: undefined,
    stop: async () => {
      child.disconnect();
      await exitOf(child);
    },
  };
  child.on('message', (part: OssPart) => {
    oss.parts.push(part);
    oss.onPart?.(part);
  });
  return oss;
}

export interface UploadProcess {
  /** Kills it on the spot. */
  kill(): void;
  /** The report; nothing where it was killed. */
  done: Promise<UploadReport | undefined>;
}

export function startUpload(job: UploadJob): UploadProcess {
  const child = fork(program('upload-process'), [JSON.stringify(job)]);
  let report: UploadReport | undefined;
  child.on('message', (message: UploadReport) => (report = message));
  return {
    kill: () => void child.kill('SIGKILL'),
    done: exitOf(child).then(([code, signal]) => {
      if (report || signal === 'SIGKILL') return report;
      throw new Error(`${job.way} ended with ${code} and no report`);
    }),
  };
}

/** A file of random bytes. */
export async function writeRandomFile(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'w');
  for (let left = sizeBytes; left > 0; left -= MB) {
    await file.write(randomBytes(Math.min(left, MB)));
  }
  await file.close();
}

async function exitOf(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return [child.exitCode, child.signalCode];
  }
  return (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
}

/** As the build leaves it: decorators need a compiler. */
export function program(name: string): string {
  return `${root}/dist/test/soak/${name}.js`;
}

const bundles = new Map<string, Promise<string>>();

/**
 * The same program. For the short forms, which are part of `npm run test:system`, it is put into one file with all
 * that it imports: they spend most of their time on starting processes, and this halves it.
 */
export function quickProgram(name: string): Promise<string> {
  if (isBuilt) return Promise.resolve(program(name));
  let bundle = bundles.get(name);
  if (!bundle) bundles.set(name, (bundle = bundleProgram(name)));
  return bundle;
}

async function bundleProgram(name: string): Promise<string> {
  const path = `${root}/dist/test/soak/${name}.bundled.js`;
  const unfinished = `${path}.${process.pid}`;
  const bundler = await rolldown({
    input: program(name),
    platform: 'node',
    cwd: root,
    // What is not installed is left to the libraries that ask for it.
    logLevel: 'silent',
  });
  await bundler.write({ file: unfinished, format: 'esm', codeSplitting: false, keepNames: true });
  await bundler.close();
  await rename(unfinished, path);
  return path;
}
