import type { OssRequest } from '../oss-request.js';
import { completeMultipartUpload } from './complete-multipart-upload.js';
import { deleteObject } from './delete-object.js';
import { getObject, headObject } from './get-object.js';
import {
  abortMultipartUpload,
  initiateMultipartUpload,
  listParts,
  uploadPart,
} from './multipart.js';
import type { ObjectOperation } from './operation.js';
import { putObject } from './put-object.js';

/** Query parameters that pick an operation; others belong to a signature or refine one. */
const SELECTING = new Set(
  `acl append bucketInfo comp cors delete encryption img inventory lifecycle list-type live location logging
  objectMeta partNumber policy position qos referer replication restore stat style symlink tagging uploadId uploads
  versioning versions vod website worm x-oss-async-process x-oss-process`.split(/\s+/),
);

/** What picks an operation in a query, sorted and joined; empty where nothing does. */
export function selectorOf({ query }: OssRequest): string {
  return Object.keys(query)
    .filter((name) => SELECTING.has(name))
    .toSorted()
    .join('&');
}

const OPERATIONS: Readonly<Record<string, ObjectOperation>> = {
  'PUT ': putObject,
  'GET ': getObject,
  'HEAD ': headObject,
  'HEAD objectMeta': headObject,
  'DELETE ': deleteObject,
  'POST uploads': initiateMultipartUpload,
  'PUT partNumber&uploadId': uploadPart,
  'GET uploadId': listParts,
  'POST uploadId': completeMultipartUpload,
  'DELETE uploadId': abortMultipartUpload,
};

/** The right that an operation needs. https://help.aliyun.com/en/oss/user-guide/ram-policy-overview */
const ACTIONS: Readonly<Record<string, string>> = {
  'PUT ': 'oss:PutObject',
  'GET ': 'oss:GetObject',
  'HEAD ': 'oss:GetObject',
  'HEAD objectMeta': 'oss:GetObject',
  'DELETE ': 'oss:DeleteObject',
  'POST uploads': 'oss:PutObject',
  'PUT partNumber&uploadId': 'oss:PutObject',
  'GET uploadId': 'oss:ListParts',
  'POST uploadId': 'oss:PutObject',
  'DELETE uploadId': 'oss:AbortMultipartUpload',
};

/** What temporary credentials must be allowed for a request on an object, as policies name it. */
export function actionOf(request: OssRequest): string | undefined {
  return ACTIONS[`${request.method} ${selectorOf(request)}`];
}

/** Headers that make another operation of a PutObject or UploadPart. */
const OTHER_PUTS = ['x-oss-copy-source', 'x-oss-symlink-target'];

/** The operation that a request on an object asks for, if the local OSS has it. */
export function objectOperation(request: OssRequest): ObjectOperation | undefined {
  const { method, headers } = request;
  if (method === 'PUT' && OTHER_PUTS.some((name) => headers[name] !== undefined)) return undefined;
  return OPERATIONS[`${method} ${selectorOf(request)}`];
}
