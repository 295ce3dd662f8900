import type { ResolvedOssCallbackOptions } from '../../options/options.js';
import { type CallbackUrl, checkCallbackUrl } from './callback-url.js';
import type { CheckSink } from './check.js';
import { checkHead, checkPut, type TimedAnswer } from './check-bucket.js';
import { checkClock } from './check-clock.js';
import { checkCors } from './check-cors.js';
import { checkDatabase } from './check-database.js';
import { checkDns } from './check-dns.js';
import { checkLocalOss } from './check-local-oss.js';
import { checkOptions } from './check-options.js';
import { checkReachability } from './check-reachability.js';
import { checkRoute } from './check-route.js';
import { checkTls } from './check-tls.js';
import { checkVersioning } from './check-versioning.js';
import type { DoctorDatabase } from './doctor-database.js';
import type { DoctorSettings } from './doctor-settings.js';
import { findMistakes, type OptionMistake } from './find-mistakes.js';
import { checkLiveUpload } from './live-upload.js';

/** Looks at everything that must fit together for a callback to arrive; each check goes to the sink when it is done. */
export async function runDoctor(settings: DoctorSettings, sink: CheckSink): Promise<void> {
  const { timeoutMs, live } = settings;
  const env =
    settings.callbackUrl === undefined
      ? settings.env
      : { ...settings.env, OSS_CALLBACK_URL: settings.callbackUrl };
  const read = findMistakes(env);
  checkOptions(read, env, sink);
  const { options } = read;
  const usable = usableParts(read.mistakes);
  const database = await checkDatabase(
    { url: settings.databaseUrl, names: settings.databaseNames, timeoutMs },
    sink,
  );
  try {
    const url = usable('publicUrl', 'callback') ? checkCallbackUrl(options, sink) : undefined;
    if (url) await checkWay(url, { options, settings, database }, sink);
    if (options.localOss && usable('localOss')) {
      await checkLocalOss(options.localOss, { timeoutMs }, sink);
    }
    const mayUpload = await checkBuckets(options, { settings, usable }, sink);
    if (!live) {
      sink.add({
        id: 'live.upload',
        status: 'skipped',
        message: 'No object was put and no callback sent by OSS: --live was not given.',
        cure: 'Run with --live: it makes one small upload with a callback, which the app records and handles as any other, and deletes the object.',
      });
      return;
    }
    const [bucket] = options.buckets.values();
    if (bucket && url?.isComplete && mayUpload && usable('tickets', 'environment')) {
      const { variables } = settings;
      const upload = { options, bucket, callbackUrl: url.url, variables, database, timeoutMs };
      await checkLiveUpload(upload, sink);
    } else {
      sink.add({
        id: 'live.upload',
        status: 'failed',
        message:
          'No upload was tried: its bucket, its callback URL or the options are not in order.',
        cure: 'Mend the checks before this one, and name the callback URL.',
      });
    }
  } finally {
    await database?.end();
  }
}

/** The way from OSS to the route: each step only where the one before went well. */
async function checkWay(
  { url, parts, isComplete }: CallbackUrl,
  {
    options,
    settings,
    database,
  }: {
    options: ResolvedOssCallbackOptions;
    settings: DoctorSettings;
    database: DoctorDatabase | undefined;
  },
  sink: CheckSink,
): Promise<void> {
  const { timeoutMs, live } = settings;
  const { hostname, port, protocol } = parts;
  const target = { hostname, port, timeoutMs };
  const isLocal = options.localOss !== undefined;
  if (!(await checkDns({ hostname, isLocal, timeoutMs }, sink))) return;
  if (!(await checkReachability(target, sink))) return;
  if (protocol === 'https:') {
    const sni = options.callback.sni ?? url.startsWith('https:');
    if (!(await checkTls({ ...target, sni, nowMs: Date.now() }, sink))) return;
  }
  if (!isComplete) return;
  const { host } = options.callback;
  await checkRoute({ parts, host, timeoutMs, database, live }, sink);
}

/** @returns whether the first bucket takes uploads, as far as that was tried */
async function checkBuckets(
  options: ResolvedOssCallbackOptions,
  { settings, usable }: { settings: DoctorSettings; usable: UsableParts },
  sink: CheckSink,
): Promise<boolean> {
  const { origin, timeoutMs, live } = settings;
  if (!usable('credentials', 'localOss')) return false;
  let timed: TimedAnswer | undefined;
  let mayUpload: boolean | undefined;
  for (const bucket of options.buckets.values()) {
    // A bucket with a stand-in among its options is none.
    if (!usable(`buckets.${bucket.name}`) || !usable.exactly('buckets')) {
      mayUpload ??= false;
      continue;
    }
    const head = await checkHead(bucket, { timeoutMs }, sink);
    timed ??= head;
    let putVersionId: string | undefined;
    if (live && head) {
      const put = await checkPut(bucket, { timeoutMs }, sink);
      mayUpload ??= put.stored;
      putVersionId = put.versionId;
    } else if (live) mayUpload ??= false;
    else {
      sink.add({
        id: `bucket.${bucket.name}.put`,
        status: 'skipped',
        message: `Whether the credentials may write to ${bucket.bucket} (oss:PutObject) was not tried.`,
        cure: 'Run with --live, which puts a small object and deletes it.',
      });
    }
    if (!head || head.answer.error?.code === 'NoSuchBucket') continue;
    await checkVersioning(bucket, { putVersionId, timeoutMs }, sink);
    await checkCors(bucket, { origin, timeoutMs }, sink);
  }
  checkClock(timed, sink);
  return mayUpload ?? false;
}

interface UsableParts {
  /** Whether none of these options, or of what is below them, has a mistake. */
  (...options: string[]): boolean;
  /** Whether this very option has none. */
  exactly(option: string): boolean;
}

function usableParts(mistakes: readonly OptionMistake[]): UsableParts {
  const names = mistakes.map(({ option }) => option);
  const isBelow = (name: string, option: string) =>
    name === option || name.startsWith(`${option}.`) || name.startsWith(`${option}[`);
  return Object.assign(
    (...options: string[]) =>
      !names.some((name) => options.some((option) => isBelow(name, option))),
    { exactly: (option: string) => !names.includes(option) },
  );
}
