import { xmlElements } from '../../../protocol/xml-elements.js';
import { isAcl } from '../../authentication/access.js';
import type { BucketAcl } from '../../options.js';
import { readText } from '../../server/body.js';
import { invalidArgument, OssFailure } from '../../server/oss-failure.js';
import type { OssRequest } from '../../server/oss-request.js';
import { isBucketName } from '../../server/resource.js';
import { xmlReply, xmlTime } from '../../server/xml.js';
import type { SimulatorState } from '../../state.js';
import type { Bucket } from '../../storage/buckets.js';
import type { Run } from '../operation.js';
import { aclReply, ownerElements, ownerOf } from '../owner.js';

const DEFAULT_REGION = 'cn-hangzhou';
/** Limit of request documents that change settings of a bucket. */
export const MAX_CONFIGURATION_BYTES = 64 * 1024;

/** What GetBucketInfo reports about features that no bucket has here. */
const WITHOUT_FEATURES = [
  ['AccessMonitor', 'Disabled'],
  ['BlockPublicAccess', 'false'],
  ['CrossRegionReplication', 'Disabled'],
  ['TransferAcceleration', 'Disabled'],
  ['ResourceGroupId', 'rg-default'],
  [
    'BucketPolicy',
    [
      ['LogBucket', ''],
      ['LogPrefix', ''],
    ],
  ],
  ['Comment', ''],
] as const;

/** @see https://help.aliyun.com/en/oss/developer-reference/putbucket */
export const putBucket: Run = async (state, request, { bucket }) => {
  if (!isBucketName(bucket)) throw new OssFailure('InvalidBucketName');
  const configuration = await readText(request.body, MAX_CONFIGURATION_BYTES);
  const [storageClass] = xmlElements(configuration, 'StorageClass');
  const [dataRedundancyType] = xmlElements(configuration, 'DataRedundancyType');
  const [location] = xmlElements(configuration, 'LocationConstraint');
  const acl = readAcl(request);
  const existing = state.buckets.get(bucket);
  const { region } = existing ?? state.buckets;
  if (location && region !== undefined && location.replace(/^oss-/, '') !== region) {
    throw new OssFailure('InvalidLocationConstraint');
  }
  if (existing?.isMade && storageClass !== undefined && storageClass !== existing.storageClass) {
    throw new OssFailure('BucketAlreadyExists', {
      message: "Cannot modify existing bucket's storage class.",
    });
  }
  await state.buckets.put(
    bucket,
    {
      ...(acl ? { acl } : {}),
      ...(storageClass ? { storageClass } : {}),
      ...(dataRedundancyType ? { dataRedundancyType } : {}),
    },
    state.clock(),
  );
  return { status: 200, headers: { location: `/${bucket}` } };
};

/** Makes the bucket if there is none. https://help.aliyun.com/en/oss/developer-reference/putbucketacl */
export const putBucketAcl: Run = async (state, request, { bucket }) => {
  if (!isBucketName(bucket)) throw new OssFailure('InvalidBucketName');
  const acl = readAcl(request);
  if (!acl && !state.buckets.get(bucket)) throw invalidAcl('');
  await state.buckets.put(bucket, acl ? { acl } : {}, state.clock());
  return { status: 200, headers: { location: `/${bucket}` } };
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getbucketacl */
export const getBucketAcl: Run = async (state, _request, { bucket }) => {
  const { acl } = settings(state, bucket);
  return aclReply(ownerOf(state, bucket), acl);
};

/** @see https://help.aliyun.com/en/oss/developer-reference/getbucketinfo */
export const getBucketInfo: Run = async (state, request, { bucket }) => {
  const known = settings(state, bucket);
  return xmlReply('BucketInfo', [
    [
      'Bucket',
      [
        ['CreationDate', xmlTime(known.createdAt)],
        ...endpointElements(request, bucket),
        ['Location', locationOf(known)],
        ['StorageClass', known.storageClass],
        ['DataRedundancyType', known.dataRedundancyType],
        ['Name', bucket],
        ['Owner', ownerElements(ownerOf(state, bucket))],
        ['AccessControlList', [['Grant', known.acl]]],
        ...(known.versioning ? [['Versioning', known.versioning] as const] : []),
        ['ServerSideEncryptionRule', [['SSEAlgorithm', known.serverSideEncryption ?? 'None']]],
        ...WITHOUT_FEATURES,
      ],
    ],
  ]);
};

/** Whether there is such a bucket. SDKs' `headBucket` and `isBucketExist` ask so, although OSS documents no operation. */
export const headBucket: Run = async (state, _request, { bucket }) => ({
  status: 200,
  headers: { 'x-oss-bucket-region': locationOf(settings(state, bucket)) },
});

/** @see https://help.aliyun.com/en/oss/developer-reference/getbucketlocation */
export const getBucketLocation: Run = async (state, _request, { bucket }) =>
  xmlReply('LocationConstraint', locationOf(settings(state, bucket)));

/** @throws OssFailure if there is no such bucket */
export function settings(state: SimulatorState, name: string): Bucket {
  const bucket = state.buckets.get(name);
  if (!bucket) throw new OssFailure('NoSuchBucket', { details: { BucketName: name } });
  return bucket;
}

export function locationOf({ region = DEFAULT_REGION }: Bucket): string {
  return `oss-${region}`;
}

/**
 * The address to which clients that follow these elements send their next requests: that of the local OSS, as the
 * sender of this request knows it.
 */
export function endpointElements({ headers }: OssRequest, bucket: string) {
  const { host = '' } = headers;
  const name = host.startsWith(`${bucket}.`) ? host.slice(bucket.length + 1) : host;
  // With the scheme, unlike OSS: without one, the newer SDKs take https.
  const [, own] = /^(.*)\.aliyuncs\.com$/.exec(name) ?? [];
  return [
    ['ExtranetEndpoint', own === undefined ? `http://${name}` : name],
    ['IntranetEndpoint', own === undefined ? `http://${name}` : `${own}-internal.aliyuncs.com`],
  ] as const;
}

function readAcl({ headers }: OssRequest): BucketAcl | undefined {
  const acl = headers['x-oss-acl'];
  if (!acl) return undefined;
  if (isAcl(acl)) return acl;
  throw invalidAcl(acl);
}

function invalidAcl(acl: string): OssFailure {
  return invalidArgument('x-oss-acl', acl, 'no such bucket access control exists');
}
