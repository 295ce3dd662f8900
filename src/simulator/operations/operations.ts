import { selectsOperation } from '../../protocol/signing/sub-resources.js';
import { requireAccess } from '../authentication/access.js';
import { takeUploadFaults } from '../faults/upload-faults.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Resource } from '../server/resource.js';
import {
  getBucketAcl,
  getBucketInfo,
  getBucketLocation,
  getBucketVersioning,
  putBucket,
  putBucketAcl,
} from './buckets.js';
import { listBuckets } from './lists/list-buckets.js';
import { listMultipartUploads } from './lists/list-multipart-uploads.js';
import { listObjects, listObjectsV2 } from './lists/list-objects.js';
import { deleteObject, getObject, getObjectAcl, getObjectMeta, headObject } from './objects.js';
import type { OperationName } from './operation-name.js';
import type { Operation, Run, UploadRun } from './operation.js';
import { getSymlink, putSymlink } from './symlinks.js';
import { completeMultipartUpload } from './uploads/complete-multipart-upload.js';
import {
  abortMultipartUpload,
  initiateMultipartUpload,
  listParts,
  uploadPart,
} from './uploads/multipart.js';
import { putObject } from './uploads/put-object.js';

/** The selecting parameters of a query, sorted and joined; empty if there are none. */
export function selectorOf({ query }: OssRequest): string {
  return Object.keys(query).filter(selectsOperation).toSorted().join('&');
}

/** Each with the action that a policy must allow. https://help.aliyun.com/en/oss/user-guide/ram-policy-overview */
const OBJECT_OPERATIONS: Readonly<Record<string, Operation>> = {
  'PUT ': upload('PutObject', putObject),
  'GET ': operation('GetObject', 'oss:GetObject', getObject),
  'HEAD ': operation('HeadObject', 'oss:GetObject', headObject),
  'HEAD objectMeta': operation('GetObjectMeta', 'oss:GetObject', getObjectMeta),
  'DELETE ': operation('DeleteObject', 'oss:DeleteObject', deleteObject),
  'GET acl': operation('GetObjectAcl', 'oss:GetObjectAcl', getObjectAcl),
  'PUT symlink': operation('PutSymlink', 'oss:PutObject', putSymlink),
  'GET symlink': operation('GetSymlink', 'oss:GetObject', getSymlink),
  'POST uploads': upload('InitiateMultipartUpload', initiateMultipartUpload),
  'PUT partNumber&uploadId': upload('UploadPart', uploadPart),
  'GET uploadId': operation('ListParts', 'oss:ListParts', listParts),
  'POST uploadId': upload('CompleteMultipartUpload', completeMultipartUpload),
  'DELETE uploadId': operation(
    'AbortMultipartUpload',
    'oss:AbortMultipartUpload',
    abortMultipartUpload,
  ),
};

const BUCKET_OPERATIONS: Readonly<Record<string, Operation>> = {
  'PUT ': operation('PutBucket', 'oss:PutBucket', putBucket),
  'PUT acl': operation('PutBucketAcl', 'oss:PutBucketAcl', putBucketAcl),
  'GET acl': operation('GetBucketAcl', 'oss:GetBucketAcl', getBucketAcl),
  'GET ': operation('ListObjects', 'oss:ListObjects', listObjects),
  'GET list-type': operation('ListObjectsV2', 'oss:ListObjects', listObjectsV2),
  'GET uploads': operation(
    'ListMultipartUploads',
    'oss:ListMultipartUploads',
    listMultipartUploads,
  ),
  'GET bucketInfo': operation('GetBucketInfo', 'oss:GetBucketInfo', getBucketInfo),
  'GET location': operation('GetBucketLocation', 'oss:GetBucketLocation', getBucketLocation),
  'GET versioning': operation(
    'GetBucketVersioning',
    'oss:GetBucketVersioning',
    getBucketVersioning,
  ),
};

const SERVICE_OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET ': operation('ListBuckets', 'oss:ListBuckets', listBuckets),
};

function operation(name: OperationName, action: string, run: Run): Operation {
  return { name, action, run };
}

/** An operation that faults of uploads apply to. */
function upload(name: OperationName, run: UploadRun): Operation {
  return operation(name, 'oss:PutObject', async (state, request, resource, caller) => {
    if (request.headers['x-oss-tagging'] !== undefined) {
      requireAccess(state, caller, 'oss:PutObjectTagging', resource);
    }
    const faults = await takeUploadFaults(state, { ...resource, operation: name });
    const reply = await run(state, request, resource, caller, faults.cutAfterBytes);
    if (faults.failureAfterStoring) throw faults.failureAfterStoring;
    return reply;
  });
}

/** Turns PutObject and UploadPart into CopyObject and UploadPartCopy, which are not implemented. */
const COPY_SOURCE_HEADER = 'x-oss-copy-source';

/** The operation that a request asks for, if it is implemented. */
export function findOperation(request: OssRequest, resource: Resource): Operation | undefined {
  const { method, headers } = request;
  if (method === 'PUT' && headers[COPY_SOURCE_HEADER] !== undefined) return undefined;
  const operations = operationsOn(resource);
  const key = `${method} ${selectorOf(request)}`;
  return Object.hasOwn(operations, key) ? operations[key] : undefined;
}

function operationsOn({ bucket, object }: Resource): Readonly<Record<string, Operation>> {
  if (object !== '') return OBJECT_OPERATIONS;
  return bucket === '' ? SERVICE_OPERATIONS : BUCKET_OPERATIONS;
}
