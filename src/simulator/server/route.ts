import { requireAccess } from '../authentication/access.js';
import { authenticate } from '../authentication/authentication.js';
import { findOperation, selectorOf } from '../operations/operations.js';
import { postObject } from '../operations/uploads/post-object.js';
import type { SimulatorState } from '../state.js';
import { assumeRole, isStsRequest } from '../sts/assume-role.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import type { Reply } from './reply.js';
import { decodePath, isService, type Resource, resourcesOf } from './resource.js';
import { checkVersionId } from './version-id.js';
import {
  preflightReply,
  refuseEmbedding,
  refuseForeignOrigin,
  refuseUnknownHost,
} from './web-pages.js';

/** Runs the operation that a request asks for. */
export async function route(state: SimulatorState, request: OssRequest): Promise<Reply> {
  refuseUnknownHost(state, request);
  refuseEmbedding(request);
  if (request.method === 'OPTIONS') return preflightReply(state, request);
  const publicKey = request.method === 'GET' ? state.keys.find(request.rawPath) : undefined;
  if (publicKey !== undefined) {
    return {
      status: 200,
      headers: { 'content-type': 'application/x-pem-file' },
      body: publicKey,
    };
  }
  if (isStsRequest(request)) {
    refuseForeignOrigin(state, request);
    return assumeRole(state, request);
  }
  if (decodePath(request.rawPath) === undefined) {
    throw new OssFailure('InvalidArgument', {
      message: 'The characters encoding must be utf-8.',
      ec: '0016-00000004',
    });
  }
  const resources = resourcesOf(state, request);
  const formTarget = resources.find(({ object }) => object === '');
  if (request.method === 'POST' && formTarget && selectorOf(request) === '') {
    requireBucket(state, formTarget);
    refuseForeignOrigin(state, request, formTarget.bucket);
    return postObject(state, request, formTarget.bucket);
  }
  const isPossible = (one: Resource) =>
    isThere(state, one) || findOperation(request, one)?.makesBucket;
  // Before the signature: OSS does not look at the key of a request to a bucket that does not exist.
  if (resources[0] && !resources.some(isPossible)) requireBucket(state, resources[0]);
  const { resource, caller } = authenticate(state, request, resources);
  refuseForeignOrigin(state, request, resource.bucket);
  const operation = findOperation(request, resource);
  if (!operation?.makesBucket) requireBucket(state, resource);
  if (!operation) throw notImplemented(request);
  if (operation.action !== undefined) {
    const versionId = operation.replaces ? undefined : request.query.versionId;
    checkVersionId(versionId);
    requireAccess(state, caller, operation.action, { ...resource, versionId });
  }
  return operation.run(state, request, resource, caller);
}

function requireBucket(state: SimulatorState, resource: Resource): void {
  if (!isThere(state, resource)) {
    throw new OssFailure('NoSuchBucket', { details: { BucketName: resource.bucket } });
  }
}

function isThere(state: SimulatorState, resource: Resource): boolean {
  return isService(resource) || state.buckets.has(resource.bucket);
}

function notImplemented(request: OssRequest): OssFailure {
  const query = selectorOf(request);
  return new OssFailure('NotImplemented', {
    message: `The local OSS does not implement ${request.method} ${request.rawPath}${query ? `?${query}` : ''}.`,
  });
}
