import { OssFailure } from '../../server/oss-failure.js';
import type { Run } from '../operation.js';

/** @see https://help.aliyun.com/en/oss/developer-reference/deletebucket */
export const deleteBucket: Run = async (state, _request, { bucket }) => {
  const details = { BucketName: bucket };
  if (state.objects.listVersions(bucket).length > 0) {
    throw new OssFailure('BucketNotEmpty', { details });
  }
  if (state.multipart.list(bucket).length > 0) {
    throw new OssFailure('BucketNotEmpty', {
      message: 'The bucket has Multipart Uploads. Please abort them first.',
      details,
    });
  }
  await state.buckets.delete(bucket);
  return { status: 204 };
};
