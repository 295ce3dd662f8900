import { callbackHeaders } from '../../../protocol/callback/callback-carriers.js';
import { encodeCallback } from '../../../protocol/callback/callback-parameter.js';
import { UPLOAD_ID_HEADER } from '../../../oss-client/oss-client.js';
import type { ResolvedBucket, ResolvedOssCallbackOptions } from '../../../options/resolved.js';
import { arrivalOf } from '../../../routes/callback-targets.js';
import { createUploadId } from '../../../ticket/upload-id.js';
import { audienceOf, UploadTickets } from '../../../ticket/upload-tickets.js';
import { callbackParameter } from '../../../variables/callback-body-template.js';
import { toOptionTerms } from '../../../variables/option-terms.js';
import { toPropertyName } from '../../../variables/variable-names.js';
import { askOss } from '../network/ask-oss.js';
import type { DoctorReport } from '../report.js';
import { deleteProbe, PROBE_PREFIX } from '../checks/check-bucket.js';
import type { DoctorDatabase } from '../network/doctor-database.js';
import { judgeLiveAnswer } from './judge-live.js';

const CONTENT = Buffer.from('oss-callback doctor');
const CONTENT_TYPE = 'text/plain';
/** Owner of the live upload in the app's records. */
const DOCTOR_OWNER = 'oss-callback-doctor';
/** OSS waits this long for the app, after storing the object and before responding. */
const CALLBACK_MS = 5_000;

export interface LiveUpload {
  options: ResolvedOssCallbackOptions;
  bucket: ResolvedBucket;
  callbackUrl: string;
  /** Custom variables that the route's DTO requires, by their `x:` names. */
  variables: Readonly<Record<string, string>>;
  database: DoctorDatabase | undefined;
  timeoutMs: number;
}

/**
 * Makes one small upload as the app would authorise it, with a ticket and a callback, and deletes the object. The app
 * records the upload and runs its handlers for it, which shows that everything works together.
 */
export async function checkLiveUpload(live: LiveUpload, report: DoctorReport): Promise<void> {
  const { bucket, callbackUrl, database, timeoutMs } = live;
  const startedAt = new Date();
  const uploadId = createUploadId(startedAt.getTime());
  const object = `${PROBE_PREFIX}${uploadId}.txt`;
  report.progress(`uploading ${object}, with a callback to ${callbackUrl}`);
  const answer = await askOss(
    {
      method: 'PUT',
      bucket,
      object,
      headers: {
        'content-type': CONTENT_TYPE,
        'x-oss-forbid-overwrite': 'true',
        [UPLOAD_ID_HEADER]: uploadId,
        ...callbackHeaders(encodeLiveCallback(live, uploadId, object)),
      },
      body: CONTENT,
    },
    timeoutMs + CALLBACK_MS,
  );
  const rejection =
    answer.ok && answer.status === 203
      ? await database?.findRejectionOfUpload(uploadId, startedAt)
      : undefined;
  const record = await database?.findUploadStatus(uploadId);
  report.add({
    id: 'live.upload',
    ...judgeLiveAnswer(answer, { object, uploadId, rejection, record }),
  });
  const isStored = !answer.ok || answer.status === 200 || answer.status === 203;
  const versionId = answer.ok ? answer.headers['x-oss-version-id'] : undefined;
  if (isStored) await deleteProbe('live.delete', bucket, { object, versionId, timeoutMs }, report);
}

function encodeLiveCallback(
  { options, bucket, callbackUrl, variables }: LiveUpload,
  uploadId: string,
  object: string,
) {
  const { tickets, expiresInSeconds } = options;
  const acceptForSeconds = expiresInSeconds + tickets.acceptForSeconds;
  const ticket = new UploadTickets(tickets.secrets, audienceOf(options)).issue(
    {
      uploadId,
      owner: DOCTOR_OWNER,
      minSizeBytes: CONTENT.byteLength,
      maxSizeBytes: CONTENT.byteLength,
      contentTypes: [CONTENT_TYPE],
      options: toOptionTerms({}),
      acceptUntil: new Date((Math.ceil(Date.now() / 1000) + acceptForSeconds) * 1000),
      uploadIdPinned: true,
    },
    {
      bucket: bucket.bucket,
      object,
      variables: Object.fromEntries(
        Object.entries(variables).map(([name, text]) => [toPropertyName(name), text]),
      ),
    },
    [arrivalOf({ url: callbackUrl })],
  );
  const names = Object.keys(variables);
  const parameter = callbackParameter(options.callback, [callbackUrl], names, ticket ?? '');
  return encodeCallback(parameter, { ...variables });
}
