import { randomUUID } from 'node:crypto';
import type { ResolvedBucket } from '../../../options/options.js';
import { askOss, type OssAnswer } from '../network/ask-oss.js';
import type { CheckSink } from '../check.js';
import { cureOf, describeAnswer } from '../network/oss-answers.js';

/** Objects of the doctor begin with this. */
export const PROBE_PREFIX = 'oss-callback-doctor/';

/** OSS's answer with the local times around it: what the clock is judged by. */
export interface TimedAnswer {
  answer: OssAnswer;
  askedAtMs: number;
  answeredAtMs: number;
}

/**
 * Asks for an object that does not exist: 404 with the right to read, 403 without. That is the request by which
 * uploads are confirmed.
 * @returns OSS's answer, whatever it says
 */
export async function checkHead(
  bucket: ResolvedBucket,
  { timeoutMs }: { timeoutMs: number },
  sink: CheckSink,
): Promise<TimedAnswer | undefined> {
  const id = `bucket.${bucket.name}.head`;
  sink.progress(`HEAD of an object in ${bucket.bucket}`);
  const askedAtMs = Date.now();
  const answer = await askOss(
    { method: 'HEAD', bucket, object: `${PROBE_PREFIX}${randomUUID()}` },
    timeoutMs,
  );
  if (!answer.ok) {
    sink.add({
      id,
      status: 'failed',
      message: `OSS does not answer for the bucket ${bucket.bucket} at ${bucket.internalEndpoint}: ${answer.reason}.`,
      cure: 'Correct OSS_REGION, OSS_ENDPOINT or OSS_INTERNAL_ENDPOINT, or let this machine through to it; internal endpoints answer within their region alone.',
    });
    return undefined;
  }
  const bucketIsMissing =
    answer.error?.code === 'NoSuchBucket' || answer.headers.get('x-oss-ec') === '0015-00000101';
  if (answer.status === 404 && !bucketIsMissing) {
    sink.add({
      id,
      status: 'ok',
      message: `The credentials may read objects of ${bucket.bucket} (oss:GetObject).`,
    });
  } else {
    sink.add({
      id,
      status: 'failed',
      message: `HEAD of an object in ${bucket.bucket} was answered with ${describeAnswer(answer)}.`,
      cure: bucketIsMissing
        ? 'Correct the name of the bucket in OSS_BUCKET, or create it.'
        : cureOf(
            answer,
            answer.status === 403
              ? `Give the credentials the right oss:GetObject on ${bucket.bucket}/*: uploads are confirmed with it.`
              : 'See the meaning of the code in the documents of OSS.',
          ),
    });
  }
  return { answer, askedAtMs, answeredAtMs: Date.now() };
}

/**
 * Puts a small object and deletes it, to see whether the credentials may; nothing less tells.
 * @returns whether it was stored, and its version in a bucket that keeps versions
 */
export async function checkPut(
  bucket: ResolvedBucket,
  { timeoutMs }: { timeoutMs: number },
  sink: CheckSink,
): Promise<{ stored: boolean; versionId?: string }> {
  const id = `bucket.${bucket.name}.put`;
  const object = `${PROBE_PREFIX}${randomUUID()}.txt`;
  sink.progress(`PUT of a small object into ${bucket.bucket}`);
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
    sink.add({
      id,
      status: 'failed',
      message: `PUT of ${object} into ${bucket.bucket} ${answer.ok ? `was answered with ${describeAnswer(answer)}` : `got no answer: ${answer.reason}`}.`,
      cure: answer.ok
        ? cureOf(answer, `Give the credentials the right oss:PutObject on ${bucket.bucket}/*.`)
        : 'Try again; delete the object where it is there.',
    });
    return { stored: false };
  }
  sink.add({
    id,
    status: 'ok',
    message: `The credentials may write objects to ${bucket.bucket} (oss:PutObject).`,
  });
  const versionId = answer.headers.get('x-oss-version-id') ?? undefined;
  const deletion = `bucket.${bucket.name}.delete`;
  await deleteProbe(deletion, bucket, { object, versionId, timeoutMs }, sink);
  return { stored: true, ...(versionId === undefined ? {} : { versionId }) };
}

/** Deletes an object of the doctor; where it may not, whoever reads this has to. */
export async function deleteProbe(
  id: string,
  bucket: ResolvedBucket,
  {
    object,
    versionId,
    timeoutMs,
  }: { object: string; versionId: string | undefined; timeoutMs: number },
  sink: CheckSink,
): Promise<void> {
  const query: Record<string, string> = versionId === undefined ? {} : { versionId };
  const answer = await askOss({ method: 'DELETE', bucket, object, query }, timeoutMs);
  if (answer.ok && (answer.status === 204 || answer.status === 200)) return;
  sink.add({
    id,
    status: 'warning',
    message: `The object ${object} in ${bucket.bucket} could not be deleted: ${answer.ok ? describeAnswer(answer) : answer.reason}.`,
    cure: `Delete it by hand. The app itself does not need the right to delete.`,
  });
}
