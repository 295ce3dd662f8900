import type { Run } from './operation.js';

/** Good also where there was nothing. https://help.aliyun.com/en/oss/developer-reference/deleteobject */
export const deleteObject: Run = async (state, _request, { bucket, object }) => {
  await state.objects.delete(bucket, object);
  return { status: 204 };
};
