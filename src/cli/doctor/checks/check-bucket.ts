import { randomUUID } from 'node:crypto';
import type { ResolvedBucket } from '../../../options/resolved.js';
import { askOss, type OssAnswer } from '../network/ask-oss.js';
import type { DoctorReport } from '../report.js';
import { describeAnswer, fixFor } from '../network/oss-answers.js';

/** The keys of the doctor's objects begin with this. */
export const PROBE_PREFIX = 'oss-callback-doctor/';

/** A response from OSS with the local times before and after it, from which the clock difference follows. */
export interface TimedAnswer {
  answer: OssAnswer;
  askedAtMs: number;
  answeredAtMs: number;
}

/**
 * Sends HEAD for an object that does not exist, as the confirmation of uploads does: OSS responds with 404 if the
 * credentials may read objects, else with 403.
 * @returns the response, whatever its status; nothing if there was none
 */
export async function checkHead(
  bucket: ResolvedBucket,
  { timeoutMs }: { timeoutMs: number },
  report: DoctorReport,
): Promise<TimedAnswer | undefined> {
  const id = `bucket.${bucket.name}.head`;
  report.progress(`HEAD of an object in ${bucket.bucket}`);
  const askedAtMs = Date.now();
  const answer = await askOss(
    { method: 'HEAD', bucket, object: `${PROBE_PREFIX}${randomUUID()}` },
    timeoutMs,
  );
  if (!answer.ok) {
    report.failed(
      id,
      `No response for the bucket ${bucket.bucket} from ${bucket.internalEndpoint}: ${answer.reason}.`,
      'Correct OSS_REGION, OSS_ENDPOINT or OSS_INTERNAL_ENDPOINT, or allow connections from this machine to it. Internal endpoints only respond within their region.',
    );
    return undefined;
  }
  const bucketIsMissing =
    answer.error?.code === 'NoSuchBucket' || answer.headers['x-oss-ec'] === '0015-00000101';
  if (answer.status === 404 && !bucketIsMissing) {
    report.ok(id, `The credentials may read objects of ${bucket.bucket} (oss:GetObject).`);
  } else {
    report.failed(
      id,
      `HEAD of an object in ${bucket.bucket} got ${describeAnswer(answer)}.`,
      bucketIsMissing
        ? 'Correct the name of the bucket in OSS_BUCKET, or create the bucket.'
        : fixFor(
            answer,
            answer.status === 403
              ? `Grant the credentials oss:GetObject on ${bucket.bucket}/*, which the confirmation of uploads needs.`
              : 'Look up the error code in the documentation of OSS.',
          ),
    );
  }
  return { answer, askedAtMs, answeredAtMs: Date.now() };
}

/**
 * Puts and deletes a small object. There is no other way to see whether the credentials may.
 * @returns whether it was stored, and its version in a versioned bucket
 */
export async function checkPut(
  bucket: ResolvedBucket,
  { timeoutMs }: { timeoutMs: number },
  report: DoctorReport,
): Promise<{ stored: boolean; versionId?: string }> {
  const id = `bucket.${bucket.name}.put`;
  const object = `${PROBE_PREFIX}${randomUUID()}.txt`;
  report.progress(`PUT of a small object into ${bucket.bucket}`);
  const answer = await askOss(
    {
      method: 'PUT',
      bucket,
      object,
      headers: { 'content-type': 'text/plain', 'x-oss-forbid-overwrite': 'true' },
      body: Buffer.from('oss-callback doctor'),
    },
    timeoutMs,
  );
  if (!answer.ok || answer.status !== 200) {
    report.failed(
      id,
      `PUT of ${object} into ${bucket.bucket} ${answer.ok ? `got ${describeAnswer(answer)}` : `got no response: ${answer.reason}`}.`,
      answer.ok
        ? fixFor(answer, `Grant the credentials oss:PutObject on ${bucket.bucket}/*.`)
        : 'Try again. Delete the object if it was stored.',
    );
    return { stored: false };
  }
  report.ok(id, `The credentials may write objects to ${bucket.bucket} (oss:PutObject).`);
  const versionId = answer.headers['x-oss-version-id'];
  const deletion = `bucket.${bucket.name}.delete`;
  await deleteProbe(deletion, bucket, { object, versionId, timeoutMs }, report);
  return { stored: true, ...(versionId === undefined ? {} : { versionId }) };
}

/** Deletes an object of the doctor, and asks the user to do so if that fails. */
export async function deleteProbe(
  id: string,
  bucket: ResolvedBucket,
  {
    object,
    versionId,
    timeoutMs,
  }: { object: string; versionId: string | undefined; timeoutMs: number },
  report: DoctorReport,
): Promise<void> {
  const query: Record<string, string> = versionId === undefined ? {} : { versionId };
  const answer = await askOss({ method: 'DELETE', bucket, object, query }, timeoutMs);
  if (answer.ok && (answer.status === 204 || answer.status === 200)) return;
  report.warning(
    id,
    `The object ${object} in ${bucket.bucket} could not be deleted: ${answer.ok ? describeAnswer(answer) : answer.reason}.`,
    'Delete it by hand. The app itself does not need the permission to delete.',
  );
}
