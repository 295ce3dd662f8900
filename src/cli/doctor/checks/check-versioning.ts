import { xmlElement } from '../../../oss-client/oss-response.js';
import type { ResolvedBucket } from '../../../options/resolved.js';
import { askOss } from '../network/ask-oss.js';
import type { DoctorReport } from '../report.js';
import { describeAnswer } from '../network/oss-answers.js';

/**
 * Compares the bucket's versioning with the option `versioned`. Once versioning was enabled in a bucket,
 * x-oss-forbid-overwrite has no effect.
 * @param putVersionId version that a PUT of the doctor got, for credentials that may not read the setting
 */
export async function checkVersioning(
  bucket: ResolvedBucket,
  { putVersionId, timeoutMs }: { putVersionId: string | undefined; timeoutMs: number },
  report: DoctorReport,
): Promise<void> {
  const id = `bucket.${bucket.name}.versioning`;
  const variable = 'the option "versioned" (OSS_VERSIONED)';
  report.progress(`reading the versioning of ${bucket.bucket}`);
  const answer = await askOss(
    { method: 'GET', bucket, object: '', query: { versioning: '' } },
    timeoutMs,
  );
  const known = answer.ok && answer.status === 200;
  const status = known ? xmlElement(answer.text, 'Status') : undefined;
  const isVersioned = known ? status !== undefined : putVersionId !== undefined || undefined;
  if (isVersioned === undefined) {
    report.skipped(
      id,
      `The versioning of ${bucket.bucket} could not be read: ${answer.ok ? describeAnswer(answer) : answer.reason}.`,
      `Grant the credentials oss:GetBucketVersioning for the doctor, or compare ${variable} with the bucket yourself.`,
    );
  } else if (isVersioned === bucket.versioned) {
    report.ok(
      id,
      `Versioning of ${bucket.bucket} matches the option "versioned", which is ${bucket.versioned}.`,
    );
  } else if (isVersioned) {
    report.failed(
      id,
      `Versioning is ${status === undefined ? 'on' : status.toLowerCase()} in ${bucket.bucket}, but the option "versioned" is false: OSS ignores x-oss-forbid-overwrite there, so uploads can replace objects.`,
      `Set ${variable} to true, or use a bucket without versioning.`,
    );
  } else {
    report.warning(
      id,
      `Versioning is off in ${bucket.bucket}, but the option "versioned" is true.`,
      `Set ${variable} to false.`,
    );
  }
}
