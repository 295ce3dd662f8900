import { readOssCallbackOptions } from '../../options/config.js';
import { combine } from '../../options/checks/checked.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from '../../options/resolved.js';
import { checkOssCallbackOptions } from '../../options/validation.js';
import { type CallbackUrl, checkCallbackUrl } from './checks/check-callback-url.js';
import type { DoctorReport } from './report.js';
import { checkHead, checkPut, type TimedAnswer } from './checks/check-bucket.js';
import { checkClock } from './checks/check-clock.js';
import { checkCors } from './checks/check-cors.js';
import { checkDatabase } from './checks/check-database.js';
import { checkDns } from './checks/check-dns.js';
import { checkLocalOss } from './checks/check-local-oss.js';
import { checkOptions } from './checks/check-options.js';
import { checkReachability } from './checks/check-reachability.js';
import { checkRoute } from './checks/check-route.js';
import { checkTls } from './checks/check-tls.js';
import { checkVersioning } from './checks/check-versioning.js';
import type { DoctorDatabase } from './network/doctor-database.js';
import type { Environment } from '../env-file.js';
import type { DoctorSettings } from './doctor-settings.js';
import { checkLiveUpload } from './live/live-upload.js';

/** Checks everything that callbacks depend on. */
export async function runDoctor(settings: DoctorSettings, report: DoctorReport): Promise<void> {
  const { timeoutMs, live, callbackUrl } = settings;
  const env: Environment = {
    ...settings.env,
    ...(callbackUrl === undefined ? {} : { OSS_CALLBACK_URL: callbackUrl }),
  };
  const checked = checkOssCallbackOptions(
    readOssCallbackOptions(env),
    env.NODE_ENV?.trim() || undefined,
  );
  checkOptions(checked, settings, report);
  const database = await checkDatabase(
    { url: settings.databaseUrl, names: settings.databaseNames, timeoutMs },
    report,
  );
  try {
    const { publicUrl, publicPath, callback, localOss } = checked.checks;
    const route = combine({ publicUrl, publicPath, callback, localOss });
    const url = route.ok ? checkCallbackUrl(route.value, report) : undefined;
    if (route.ok && url) {
      await checkPathToApp(url, { ...route.value, settings, database }, report);
    }
    if (localOss.ok && localOss.value) await checkLocalOss(localOss.value, { timeoutMs }, report);
    // A mistake in localOss leaves open which OSS the buckets belong to.
    const buckets = localOss.ok ? [...checked.usableBuckets.values()] : [];
    const mayUpload = await checkBuckets(buckets, settings, report);
    if (!live) {
      report.skipped(
        'live.upload',
        'No object was uploaded and OSS sent no callback: --live was not given.',
        'Run with --live: it makes one small upload with a callback, which the app records and handles as any other, and deletes the object.',
      );
      return;
    }
    const [bucket] = buckets;
    if (checked.resolved.ok && bucket && url?.isComplete && mayUpload) {
      const options = checked.resolved.value;
      const { variables } = settings;
      const upload = { options, bucket, callbackUrl: url.url, variables, database, timeoutMs };
      await checkLiveUpload(upload, report);
    } else {
      report.failed(
        'live.upload',
        'No upload was tried, because the options, the callback URL or the bucket failed a check.',
        'Fix the failed checks above, and name the callback URL.',
      );
    }
  } finally {
    await database?.end();
  }
}

/** The steps from OSS to the route. Each needs the one before it to succeed. */
async function checkPathToApp(
  { url, parts, isComplete }: CallbackUrl,
  {
    callback,
    localOss,
    settings,
    database,
  }: Pick<ResolvedOssCallbackOptions, 'callback' | 'localOss'> & {
    settings: DoctorSettings;
    database: DoctorDatabase | undefined;
  },
  report: DoctorReport,
): Promise<void> {
  const { timeoutMs, live } = settings;
  const { hostname, port, protocol } = parts;
  const target = { hostname, port, timeoutMs };
  const isLocal = localOss !== undefined;
  if (!(await checkDns({ hostname, isLocal, timeoutMs }, report))) return;
  if (!(await checkReachability(target, report))) return;
  if (protocol === 'https:') {
    const sni = callback.sni ?? url.startsWith('https:');
    if (!(await checkTls({ ...target, sni, nowMs: Date.now() }, report))) return;
  }
  if (!isComplete) return;
  const { host } = callback;
  await checkRoute({ parts, host, timeoutMs, database, live }, report);
}

/** @returns whether an upload to the first bucket succeeded; false if none was tried */
async function checkBuckets(
  buckets: readonly ResolvedBucket[],
  { origin, timeoutMs, live }: DoctorSettings,
  report: DoctorReport,
): Promise<boolean> {
  if (buckets.length === 0) return false;
  let timed: TimedAnswer | undefined;
  let mayUpload: boolean | undefined;
  for (const bucket of buckets) {
    const head = await checkHead(bucket, { timeoutMs }, report);
    timed ??= head;
    let putVersionId: string | undefined;
    if (live && head) {
      const put = await checkPut(bucket, { timeoutMs }, report);
      mayUpload ??= put.stored;
      putVersionId = put.versionId;
    } else if (live) mayUpload ??= false;
    else {
      report.skipped(
        `bucket.${bucket.name}.put`,
        `Write access to ${bucket.bucket} (oss:PutObject) was not checked.`,
        'Run with --live, which uploads a small object and deletes it.',
      );
    }
    if (!head || head.answer.error?.code === 'NoSuchBucket') continue;
    await checkVersioning(bucket, { putVersionId, timeoutMs }, report);
    await checkCors(bucket, { origin, timeoutMs }, report);
  }
  checkClock(timed, report);
  return mayUpload ?? false;
}
