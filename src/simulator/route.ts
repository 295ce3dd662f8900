import { authenticate } from './authentication.js';
import { preflightReply } from './cors.js';
import { getObject, headObject } from './operations/get-object.js';
import type { ObjectOperation } from './operations/operation.js';
import { postObject } from './operations/post-object.js';
import { putObject } from './operations/put-object.js';
import { OssFailure } from './oss-failure.js';
import type { OssRequest } from './oss-request.js';
import type { Reply } from './reply.js';
import { isBucketName, possibleResources, type Resource } from './resource.js';
import { bucketSettings, type SimulatorState } from './simulator-state.js';

export const PUBLIC_KEY_PATH = '/callback_pub_key_v1.pem';

/** Query parameters that belong to a signature or refine an operation; every other one that OSS knows picks one. */
const OPERATIONS_BY_QUERY = new Set(
  `acl append bucketInfo comp cors delete encryption img inventory lifecycle list-type live location logging
  objectMeta partNumber policy position qos referer replication restore stat style symlink tagging uploadId uploads
  versioning versions vod website worm x-oss-async-process x-oss-process`.split(/\s+/),
);

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
  const formTarget = resources.find(({ object }) => object === '');
  if (request.method === 'POST' && formTarget && !selectedByQuery(request)) {
    requireBucket(state, formTarget);
    return postObject(state, request, formTarget.bucket);
  }
  const operation = objectOperation(request);
  const { resource, caller } = authenticate(state, request, resources);
  requireBucket(state, resource);
  if (!operation || resource.object === '') throw notImplemented(request);
  return operation(state, request, resource, caller);
}

function objectOperation(request: OssRequest): ObjectOperation | undefined {
  const selected = selectedByQuery(request);
  if (request.method === 'HEAD' && selected === 'objectMeta') return headObject;
  if (selected !== undefined) return undefined;
  if (request.method === 'PUT') {
    const other = ['x-oss-copy-source', 'x-oss-symlink-target'];
    return other.some((name) => request.headers[name] !== undefined) ? undefined : putObject;
  }
  if (request.method === 'GET') return getObject;
  return request.method === 'HEAD' ? headObject : undefined;
}

function selectedByQuery(request: OssRequest): string | undefined {
  return Object.keys(request.query).find((name) => OPERATIONS_BY_QUERY.has(name));
}

function requireBucket(state: SimulatorState, { bucket }: Resource): void {
  if (bucketSettings(state.buckets, bucket) === undefined) {
    throw new OssFailure('NoSuchBucket', { details: { BucketName: bucket } });
  }
}

function notImplemented(request: OssRequest): OssFailure {
  const query = Object.keys(request.query)
    .filter((name) => OPERATIONS_BY_QUERY.has(name))
    .join('&');
  return new OssFailure('NotImplemented', {
    message: `The local OSS does not implement ${request.method} ${request.rawPath}${query ? `?${query}` : ''}.`,
  });
}
