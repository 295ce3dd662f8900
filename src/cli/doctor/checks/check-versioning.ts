import { xmlElement } from '../../../oss-client/oss-response.js';
import type { ResolvedBucket } from '../../../options/options.js';
import { askOss } from '../network/ask-oss.js';
import type { CheckSink } from '../check.js';
import { describeAnswer } from '../network/oss-answers.js';

/**
 * Holds the bucket's versioning against the option `versioned`: in a bucket that has ever kept versions,
 * x-oss-forbid-overwrite has no effect.
 * @param putVersionId what a PUT of the doctor brought, for credentials that may not ask for the setting
 */
export async function checkVersioning(
  bucket: ResolvedBucket,
  { putVersionId, timeoutMs }: { putVersionId: string | undefined; timeoutMs: number },
  sink: CheckSink,
): Promise<void> {
  const id = `bucket.${bucket.name}.versioning`;
  const variable = 'the option "versioned" (OSS_VERSIONED)';
  sink.progress(`asking whether ${bucket.bucket} keeps versions`);
  const answer = await askOss(
    { method: 'GET', bucket, object: '', query: { versioning: '' } },
    timeoutMs,
  );
  const known = answer.ok && answer.status === 200;
  const status = known ? xmlElement(answer.text, 'Status') : undefined;
  const isVersioned = known ? status !== undefined : putVersionId !== undefined || undefined;
  if (isVersioned === undefined) {
    sink.add({
      id,
      status: 'skipped',
      message: `Whether ${bucket.bucket} keeps versions is not known: ${answer.ok ? describeAnswer(answer) : answer.reason}.`,
      cure: `Give the credentials the right oss:GetBucketVersioning for the doctor, or compare ${variable} with the bucket yourself.`,
    });
  } else if (isVersioned === bucket.versioned) {
    sink.add({
      id,
      status: 'ok',
      message: `${bucket.bucket} ${isVersioned ? 'keeps versions' : 'keeps no versions'}, as the option says.`,
    });
  } else if (isVersioned) {
    sink.add({
      id,
      status: 'failed',
      message: `Versioning is ${status === undefined ? 'on' : status.toLowerCase()} in ${bucket.bucket}, but the option "versioned" is false: OSS ignores x-oss-forbid-overwrite there, so uploads can replace objects.`,
      cure: `Set ${variable} to true, or use a bucket without versioning.`,
    });
  } else {
    sink.add({
      id,
      status: 'warning',
      message: `${bucket.bucket} keeps no versions, but the option "versioned" is true.`,
      cure: `Set ${variable} to false.`,
    });
  }
}
