import { selectsOperation } from '../../protocol/signing/sub-resources.js';
import { requireAccess } from '../authentication/access.js';
import { takeUploadFaults } from '../faults/upload-faults.js';
import type { OssRequest } from '../server/oss-request.js';
import type { Resource } from '../server/resource.js';
import {
  getBucketAcl,
  getBucketInfo,
  getBucketLocation,
  headBucket,
  putBucket,
  putBucketAcl,
} from './buckets/bucket.js';
import { deleteBucketCors, getBucketCors, putBucketCors } from './buckets/bucket-cors.js';
import { getBucketStat } from './buckets/bucket-stat.js';
import { deleteBucketTags, getBucketTags, putBucketTags } from './buckets/bucket-tags.js';
import { getBucketVersioning, putBucketVersioning } from './buckets/bucket-versioning.js';
import { deleteBucket } from './buckets/delete-bucket.js';
import { COPY_SOURCE_HEADER } from './copies/copy-source.js';
import { copyObject } from './copies/copy-object.js';
import { uploadPartCopy } from './copies/upload-part-copy.js';
import { listAccessPoints } from './lists/list-access-points.js';
import { listBuckets } from './lists/list-buckets.js';
import { listLiveChannel } from './lists/list-live-channel.js';
import { listMultipartUploads } from './lists/list-multipart-uploads.js';
import { listObjectVersions } from './lists/list-object-versions.js';
import { listObjects, listObjectsV2 } from './lists/list-objects.js';
import { deleteMultipleObjects } from './objects/delete-multiple-objects.js';
import { deleteObject } from './objects/delete-object.js';
import { getObject, getObjectMeta, headObject } from './objects/get-object.js';
import { getObjectAcl, putObjectAcl } from './objects/object-acl.js';
import {
  deleteObjectTagging,
  getObjectTagging,
  putObjectTagging,
} from './objects/object-tagging.js';
import { getSymlink, putSymlink } from './objects/symlinks.js';
import type { OperationName } from './operation-name.js';
import type { Operation, Run, UploadRun } from './operation.js';
import { appendObject } from './uploads/append-object.js';
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
  'POST append&position': upload('AppendObject', appendObject),
  'POST append': upload('AppendObject', appendObject),
  'GET ': operation('GetObject', 'oss:GetObject', getObject),
  'HEAD ': operation('HeadObject', 'oss:GetObject', headObject),
  'HEAD objectMeta': operation('GetObjectMeta', 'oss:GetObject', getObjectMeta),
  'DELETE ': operation('DeleteObject', 'oss:DeleteObject', deleteObject),
  'GET acl': operation('GetObjectAcl', 'oss:GetObjectAcl', getObjectAcl),
  'PUT acl': operation('PutObjectAcl', 'oss:PutObjectAcl', putObjectAcl),
  'PUT tagging': operation('PutObjectTagging', 'oss:PutObjectTagging', putObjectTagging),
  'GET tagging': operation('GetObjectTagging', 'oss:GetObjectTagging', getObjectTagging),
  'DELETE tagging': operation(
    'DeleteObjectTagging',
    'oss:DeleteObjectTagging',
    deleteObjectTagging,
  ),
  'PUT symlink': replacing(operation('PutSymlink', 'oss:PutObject', putSymlink)),
  // SDKs that have asked for a symlink delete it with the same parameters.
  'DELETE symlink': operation('DeleteObject', 'oss:DeleteObject', deleteObject),
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

/** Of requests that name a source. */
const COPY_OPERATIONS: Readonly<Record<string, Operation>> = {
  'PUT ': upload('CopyObject', copyObject),
  'PUT partNumber&uploadId': upload('UploadPartCopy', uploadPartCopy),
};

const BUCKET_OPERATIONS: Readonly<Record<string, Operation>> = {
  'PUT ': { ...operation('PutBucket', 'oss:PutBucket', putBucket), makesBucket: true },
  'DELETE ': operation('DeleteBucket', 'oss:DeleteBucket', deleteBucket),
  'PUT acl': { ...operation('PutBucketAcl', 'oss:PutBucketAcl', putBucketAcl), makesBucket: true },
  'GET acl': operation('GetBucketAcl', 'oss:GetBucketAcl', getBucketAcl),
  'GET ': operation('ListObjects', 'oss:ListObjects', listObjects),
  'GET list-type': operation('ListObjectsV2', 'oss:ListObjects', listObjectsV2),
  'GET versions': operation('ListObjectVersions', 'oss:ListObjectVersions', listObjectVersions),
  'GET uploads': operation(
    'ListMultipartUploads',
    'oss:ListMultipartUploads',
    listMultipartUploads,
  ),
  'GET live': operation('ListLiveChannel', 'oss:ListLiveChannel', listLiveChannel),
  'POST delete': { name: 'DeleteMultipleObjects', run: deleteMultipleObjects },
  'GET accessPoint': operation('ListAccessPoints', 'oss:ListAccessPoints', listAccessPoints),
  'GET bucketInfo': operation('GetBucketInfo', 'oss:GetBucketInfo', getBucketInfo),
  'HEAD ': operation('HeadBucket', 'oss:GetBucketInfo', headBucket),
  'PUT tagging': operation('PutBucketTags', 'oss:PutBucketTagging', putBucketTags),
  'GET tagging': operation('GetBucketTags', 'oss:GetBucketTagging', getBucketTags),
  'DELETE tagging': operation('DeleteBucketTags', 'oss:DeleteBucketTagging', deleteBucketTags),
  'GET stat': operation('GetBucketStat', 'oss:GetBucketStat', getBucketStat),
  'GET location': operation('GetBucketLocation', 'oss:GetBucketLocation', getBucketLocation),
  'PUT cors': operation('PutBucketCors', 'oss:PutBucketCors', putBucketCors),
  'GET cors': operation('GetBucketCors', 'oss:GetBucketCors', getBucketCors),
  'DELETE cors': operation('DeleteBucketCors', 'oss:DeleteBucketCors', deleteBucketCors),
  'PUT versioning': operation(
    'PutBucketVersioning',
    'oss:PutBucketVersioning',
    putBucketVersioning,
  ),
  'GET versioning': operation(
    'GetBucketVersioning',
    'oss:GetBucketVersioning',
    getBucketVersioning,
  ),
};

const SERVICE_OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET ': operation('ListBuckets', 'oss:ListBuckets', listBuckets),
  'GET tagging': operation('ListBuckets', 'oss:ListBuckets', listBuckets),
};

function operation(name: OperationName, action: string, run: Run): Operation {
  return { name, action, run };
}

/** An operation that stores an object, to which faults of uploads apply. */
function upload(name: OperationName, run: UploadRun): Operation {
  return replacing(
    operation(name, 'oss:PutObject', async (state, request, resource, caller) => {
      const faults = await takeUploadFaults(state, { ...resource, operation: name });
      const reply = await run(state, request, resource, caller, faults.cutAfterBytes);
      if (faults.failureAfterStoring) throw faults.failureAfterStoring;
      return reply;
    }),
  );
}

/**
 * An operation that stores an object in place of another, whatever version its URL names. Tags need a permission of
 * their own.
 */
function replacing({ run, ...rest }: Operation): Operation {
  return {
    ...rest,
    replaces: true,
    run: (state, request, resource, caller) => {
      if (request.headers['x-oss-tagging'] !== undefined) {
        requireAccess(state, caller, 'oss:PutObjectTagging', resource);
      }
      return run(state, request, resource, caller);
    },
  };
}

/** The operation that a request asks for, if it is implemented. */
export function findOperation(request: OssRequest, resource: Resource): Operation | undefined {
  const operations = operationsFor(request, resource);
  const key = `${request.method} ${selectorOf(request)}`;
  return Object.hasOwn(operations, key) ? operations[key] : undefined;
}

function operationsFor(
  { method, headers }: OssRequest,
  { bucket, object }: Resource,
): Readonly<Record<string, Operation>> {
  const isCopy = method === 'PUT' && headers[COPY_SOURCE_HEADER] !== undefined;
  if (object !== '') return isCopy ? COPY_OPERATIONS : OBJECT_OPERATIONS;
  if (isCopy) return {};
  return bucket === '' ? SERVICE_OPERATIONS : BUCKET_OPERATIONS;
}
