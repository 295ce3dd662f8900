const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Select an operation, and are signed by V1: the lists of the vendor's SDKs, old and new, put together. */
const SELECTING_SIGNED = names(`
  accessPoint accessPointConfigForObjectProcess accessPointForObjectProcess accessPointPolicy
  accessPointPolicyForObjectProcess acl append asyncFetch bucketArchiveDirectRead bucketInfo cleanRestoredObject
  cloudboxes cname comp cors delete encryption endTime group httpsConfig img inventory inventoryId legalHold lifecycle
  link live location logging metaQuery objectInfo objectMeta objectWorm overwriteConfig partNumber policy policyStatus
  position processConfiguration publicAccessBlock qos qosInfo redundancyTransition referer regionList regions
  replication replicationLocation replicationProgress requestPayment resourceGroup responseHeader restore retention rtc
  seal startTime stat status style styleName symlink tagging transferAcceleration udf udfApplication udfApplicationLog
  udfId udfImage udfImageDesc udfName uploadId uploads userDefinedLogFieldsConfig versioning versions vip vod vpcip
  website worm wormExtend wormId x-oss-async-process x-oss-delete x-oss-dir x-oss-process x-oss-rename
  x-oss-write-get-object-response
`);

/** Select an operation as well, but no SDK signs them with V1. */
const SELECTING_UNSIGNED = names(`
  accessmonitor dataAccelerator dataPipeline list-type qosRequester requesterQosInfo resourcePool
  resourcePoolBucketGroup resourcePoolBuckets resourcePoolInfo
`);

/** Refine an operation, and are signed by V1. */
const REFINING_SIGNED = names(`
  callback callback-var continuation-token response-cache-control response-content-disposition
  response-content-encoding response-content-language response-content-type response-expires security-token sequential
  versionId withHashContext
`);

/**
 * Whether a query parameter makes a request ask for another operation than the one that its method stands for:
 * `PUT /object?retention` is no PutObject. The others belong to a signature or refine the operation.
 */
export function selectsOperation(name: string): boolean {
  return SELECTING_SIGNED.has(name) || SELECTING_UNSIGNED.has(name);
}

/**
 * Whether V1 signs a query parameter.
 * @see https://help.aliyun.com/en/oss/developer-reference/signature-version-1
 */
export function isSignedByV1(name: string): boolean {
  return name.startsWith('x-oss-') || SELECTING_SIGNED.has(name) || REFINING_SIGNED.has(name);
}
