import { OssUpload } from '../index.js';
import { createUploadId } from '../ticket/upload-id.js';

/**
 * Builds the record of a completed upload, as `@OnUploadCompleted` handlers and `@CompletedUpload()` get it: five bytes
 * of text, confirmed by the bucket, without an owner or variables.
 * @param facts properties that replace these values
 * @category Fakes
 */
export function buildCompletedUpload(facts: Partial<OssUpload> = {}): OssUpload {
  const id = facts.id ?? createUploadId();
  const now = new Date();
  return Object.assign(new OssUpload(), {
    id,
    identity: `ticket:${id}`,
    bucket: 'test-uploads',
    object: `uploads/${id}`,
    etag: '5D41402ABC4B2A76B9719D911017C592',
    size: 5,
    mimeType: 'text/plain',
    crc64: '11177612005948864433',
    contentMd5: 'XUFAKrxLKna5cZ2REBfFkg==',
    versionId: null,
    lastModified: new Date(Math.floor(now.getTime() / 1000) * 1000),
    imageWidth: null,
    imageHeight: null,
    imageFormat: null,
    clientIp: '127.0.0.1',
    vpcId: null,
    requestId: id.replaceAll('-', '').slice(0, 24).toUpperCase(),
    operation: 'PutObject',
    owner: null,
    variables: {},
    source: 'callback',
    status: 'completed',
    attempts: 1,
    nextAttemptAt: null,
    lastError: null,
    confirmedAt: now,
    ticketed: true,
    publicKeyFingerprint: '0'.repeat(64),
    supersededEtag: null,
    receivedAt: now,
    completedAt: now,
    ...facts,
  } satisfies OssUpload);
}
