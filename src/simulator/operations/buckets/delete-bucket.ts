import { OssFailure } from '../../server/oss-failure.js';
import type { Run } from '../operation.js';

/** @see https://help.aliyun.com/en/oss/developer-reference/deletebucket */
export const deleteBucket: Run = async (state, _request, { bucket }) => {
  const isUsed =
    state.objects.listVersions(bucket).length > 0 || state.multipart.list(bucket).length > 0;
  if (isUsed) throw new OssFailure('BucketNotEmpty', { details: { BucketName: bucket } });
  await state.buckets.delete(bucket);
  return { status: 204 };
};
