import { MAX_UPLOAD_BYTES } from '../../../protocol/object-limits.js';
import type { Readable } from 'node:stream';
import { encodeObjectPath, percentEncode } from '../../../protocol/signing/percent-encoding.js';
import { evaluatePostPolicy, maxSizeOfPolicy } from '../../../protocol/signing/post-policy.js';
import { requireAccess } from '../../authentication/access.js';
import { authenticateForm } from '../../authentication/form-authentication.js';
import { readFormCallback, type UploadCallback } from '../../callbacks/read-callback.js';
import { receiveUpload, takeUploadFaults } from '../../faults/upload-faults.js';
import type { SimulatorCredentials } from '../../options.js';
import { chunksOf } from '../../server/body.js';
import { OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import type { Reply } from '../../server/reply.js';
import { isObjectName } from '../../server/resource.js';
import { xmlReply } from '../../server/xml.js';
import type { SimulatorState } from '../../state.js';
import { orDiscard, type ReceivedContent } from '../../storage/content/content.js';
import type { StoredObject } from '../../storage/stored-object.js';
import { DEFAULT_CONTENT_TYPE, objectProperties } from '../objects/object-properties.js';
import { type FormFields, type ReadForm, readForm } from './form-reader.js';
import { refuseOverwrite, replyToUpload } from './upload.js';

interface AcceptedFile {
  caller: SimulatorCredentials | undefined;
  callback: UploadCallback | undefined;
  /** Unset if the file exceeds the policy's range. */
  content: ReceivedContent | undefined;
  /** A fault's answer in place of success. */
  failureAfterStoring: OssFailure | undefined;
}

/**
 * A form upload. Signatures in headers or query are ignored, since the form has its own.
 * @see https://help.aliyun.com/en/oss/developer-reference/postobject
 */
export async function postObject(
  state: SimulatorState,
  request: OssRequest,
  bucket: string,
): Promise<Reply> {
  const form = await readForm(request.body, (before, file) =>
    receiveFile(state, request, bucket, before, file),
  );
  const { fields, received } = form;
  const { content, callback, caller, failureAfterStoring } = received;
  const resource = { bucket, object: objectName(form) };
  const { file, properties } = await orDiscard(content?.content, () => {
    if (caller || fields.has('policy')) checkPolicy(state, request, bucket, fields, content);
    requireAccess(state, caller, 'oss:PutObject', resource);
    if (!isObjectName(resource.object)) throw new OssFailure('InvalidObjectName');
    refuseOverwrite(state, resource, fields.get('x-oss-forbid-overwrite'));
    if (!content) throw new OssFailure('EntityTooLarge');
    return { file: content, properties: objectProperties(fields, state.buckets.get(bucket)) };
  });
  const stored = await state.objects.commit(file, {
    ...resource,
    etag: file.md5.toString('hex').toUpperCase(),
    contentMd5: file.md5.toString('base64'),
    mimeType: contentType(form),
    type: 'Normal',
    ...properties,
    requestId: request.id,
  });
  const reply = await replyToUpload(state, request, {
    stored,
    operation: 'PostObject',
    callback,
    caller,
    withoutCallback: successReply(state, fields, stored),
  });
  if (failureAfterStoring) throw failureAfterStoring;
  return reply;
}

/** Checks everything that can be checked before the file, then receives the file. */
async function receiveFile(
  state: SimulatorState,
  request: OssRequest,
  bucket: string,
  { fields, variables }: FormFields,
  file: Readable,
): Promise<AcceptedFile> {
  if (!fields.get('key')) {
    throw new OssFailure('InvalidArgument', {
      message:
        "The bucket POST must contain the specified 'key'. If it is specified, please check the order of the fields",
    });
  }
  const caller = state.checkSignatures
    ? authenticateForm(state, fields, bucket, request.receivedAt)
    : undefined;
  const resource = { bucket, object: fields.get('key') ?? '' };
  // Checked again when the key is complete: it may contain the file's name, and the object may have its own ACL.
  if (!caller) requireAccess(state, caller, 'oss:PutObject', resource);
  const target = { ...resource, operation: 'PostObject' } as const;
  const { cutAfterBytes, failureAfterStoring } = await takeUploadFaults(state, target);
  const callback = await readFormCallback(state, fields, variables);
  const limitBytes = maxSizeOfPolicy(fields.get('policy') ?? '') ?? MAX_UPLOAD_BYTES;
  const content = await receiveUpload(state, request, chunksOf(file), {
    limitBytes: Math.min(limitBytes, MAX_UPLOAD_BYTES),
    cutAfterBytes,
  });
  if (!content) file.resume(); // too large; the rest is discarded
  return { caller, callback, content, failureAfterStoring };
}

function checkPolicy(
  state: SimulatorState,
  request: OssRequest,
  bucket: string,
  fields: ReadonlyMap<string, string>,
  content: ReceivedContent | undefined,
): void {
  if (!state.checkSignatures) return;
  const verdict = evaluatePostPolicy(fields.get('policy') ?? '', {
    bucket,
    fields,
    sizeBytes: content?.sizeBytes ?? Infinity,
    now: request.receivedAt,
    variableConditions: state.variableConditions,
  });
  if (verdict.ok) return;
  const { code, message, ec } = verdict;
  throw new OssFailure(code, ec ? { message, ec } : { message });
}

function objectName({ fields, fileName }: ReadForm<unknown>): string {
  return (fields.get('key') ?? '').replaceAll('${filename}', () => fileName);
}

/** `x-oss-content-type` takes precedence over the type of the file part, and that over the field `Content-Type`. */
function contentType({ fields, fileType }: ReadForm<unknown>): string {
  return (
    fields.get('x-oss-content-type') ||
    fileType ||
    fields.get('content-type') ||
    DEFAULT_CONTENT_TYPE
  );
}

function successReply(
  state: SimulatorState,
  fields: ReadonlyMap<string, string>,
  { bucket, object, etag }: StoredObject,
): Reply {
  const redirect = fields.get('success_action_redirect');
  if (redirect) {
    const query = `bucket=${percentEncode(bucket)}&key=${percentEncode(object)}&etag=${percentEncode(`"${etag}"`)}`;
    return {
      status: 303,
      headers: { location: `${redirect}${redirect.includes('?') ? '&' : '?'}${query}` },
    };
  }
  const status = fields.get('success_action_status');
  if (status === '200') return { status: 200 };
  if (status !== '201') return { status: 204 };
  const location = `${state.url}/${bucket}/${encodeObjectPath(object)}`;
  const elements = { Bucket: bucket, ETag: etag, Key: object, Location: location };
  return xmlReply('PostResponse', Object.entries(elements), 201);
}
