import { authenticate } from './authentication.js';
import { preflightReply } from './cors.js';
import { assumeRole, isStsRequest } from './operations/assume-role.js';
import { actionOf, objectOperation, selectorOf } from './operations/object-operations.js';
import { postObject } from './operations/post-object.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import type { Reply } from './reply.js';
import { isBucketName, possibleResources, type Resource } from './resource.js';
import { bucketSettings, type SimulatorState } from './simulator-state.js';
import { checkAccess } from './sts-sessions.js';

export const PUBLIC_KEY_PATH = '/callback_pub_key_v1.pem';

/** Finds the operation that a request asks for and does it. */
export async function route(state: SimulatorState, request: OssRequest): Promise<Reply> {
  if (request.method === 'OPTIONS') return preflightReply(request);
  if (request.method === 'GET' && request.rawPath === PUBLIC_KEY_PATH) {
    return {
      status: 200,
      headers: { 'content-type': 'application/x-pem-file' },
      body: state.keyPair.publicKeyPem,
    };
  }
  const resources = possibleResources(request.rawPath, request.hostname, {
    isBucket: (name) =>
      state.buckets === undefined
        ? isBucketName(name)
        : bucketSettings(state.buckets, name) !== undefined,
    defaultBucket: state.defaultBucket,
  });
  if (isStsRequest(request)) return assumeRole(state, request);
  const formTarget = resources.find(({ object }) => object === '');
  if (request.method === 'POST' && formTarget && selectorOf(request) === '') {
    requireBucket(state, formTarget);
    return postObject(state, request, formTarget.bucket);
  }
  const operation = objectOperation(request);
  const { resource, caller } = authenticate(state, request, resources);
  requireBucket(state, resource);
  if (!operation || resource.object === '') throw notImplemented(request);
  checkAccess(caller, actionOf(request), resource);
  return operation(state, request, resource, caller);
}

function requireBucket(state: SimulatorState, { bucket }: Resource): void {
  if (bucketSettings(state.buckets, bucket) === undefined) {
    throw new OssFailure('NoSuchBucket', { details: { BucketName: bucket } });
  }
}

function notImplemented(request: OssRequest): OssFailure {
  const query = selectorOf(request);
  return new OssFailure('NotImplemented', {
    message: `The local OSS does not implement ${request.method} ${request.rawPath}${query ? `?${query}` : ''}.`,
  });
}
